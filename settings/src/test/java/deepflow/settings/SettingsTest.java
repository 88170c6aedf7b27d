package deepflow.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.list;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {

  private static final Setting<Integer> PORT =
      Setting.of("agent.port", "--agent-port", Kind.PORT, 38086, "the agent's own port");
  private static final Setting<Long> QUEUE =
      Setting.of("agent.queue-bytes", "--queue-bytes", Kind.BYTES, 4L << 30, "the queue's size");
  private static final Setting<List<String>> SERVERS =
      Setting.of("agent.server", "--server", Kind.LIST, List.of("a:1"), "where to send");
  private static final Setting<String> TOKEN =
      Setting.of("agent.token", "--agent-token", Kind.TEXT, "", "a token").asSecret();
  private static final Setting<Duration> WAIT =
      Setting.of("agent.wait", "--wait", Kind.DURATION, Duration.ofSeconds(10), "how long");
  private static final List<Setting<?>> ALL = List.of(PORT, QUEUE, SERVERS, TOKEN, WAIT);

  @TempDir Path directory;

  @Test
  void flagBeatsEnvironmentBeatsFileBeatsDefault() throws Exception {
    Path file = yaml("agent: {port: 3, queue-bytes: 1GiB, wait: 5s}");
    Map<String, String> environment =
        Map.of("DEEPFLOW_AGENT_PORT", "2", "DEEPFLOW_QUEUE_BYTES", "2GiB");

    Settings settings =
        Settings.read(ALL, List.of("--config", file.toString(), "--agent-port=1"), environment);

    assertThat(settings.get(PORT)).isEqualTo(1);
    assertThat(settings.get(QUEUE)).isEqualTo(2L << 30);
    assertThat(settings.get(WAIT)).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.get(SERVERS)).containsExactly("a:1");
  }

  @Test
  void aSwitchNeedsNoValue() throws Exception {
    Setting<Boolean> loud = Setting.of("agent.loud", "--loud", Kind.SWITCH, false, "speak up");
    List<Setting<?>> known = List.of(loud, PORT);

    assertThat(Settings.read(known, List.of("--loud", "--agent-port=1"), Map.of()).get(loud))
        .isTrue();
    assertThat(Settings.read(known, List.of("--loud", "false"), Map.of()).get(loud)).isFalse();
    assertThat(Settings.read(known, List.of(), Map.of()).get(loud)).isFalse();
  }

  @Test
  void reportsEveryProblemAtOnceWithWhatToWriteInstead() throws Exception {
    Path file = yaml("agent: {prot: 3, queue-bytes: much}");

    assertThatThrownBy(() ->
            Settings.read(
                ALL,
                List.of("--config", file.toString(), "--agnt-port", "--wait=soon"),
                Map.of("DEEPFLOW_AGENT_PROT", "1")))
        .asInstanceOf(type(SettingsException.class))
        .extracting(SettingsException::problems)
        .asInstanceOf(list(String.class))
        .containsExactlyInAnyOrder(
            "unknown argument '--agnt-port': did you mean '--agent-port'?",
            "unknown environment variable DEEPFLOW_AGENT_PROT: did you mean DEEPFLOW_AGENT_PORT?",
            "unknown key 'agent.prot': did you mean 'agent.port'? (in %s)".formatted(file),
            "agent.queue-bytes (in %s) is 'much', but must be a size such as 512MiB or 4GiB"
                .formatted(file),
            "agent.wait (--wait) is 'soon', but must be a duration such as 500ms, 30s or 72h");
  }

  @Test
  void ignoresWhatKubernetesPutsIntoTheEnvironmentForAServiceOfTheSameName() throws Exception {
    Map<String, String> environment =
        Map.of(
            "DEEPFLOW_AGENT_PORT", "tcp://10.96.0.7:80",
            "DEEPFLOW_AGENTS_PORT", "tcp://10.96.0.8:80", // of a Service named deepflow-agents
            "DEEPFLOW_AGENT_PORT_80_TCP_ADDR", "10.96.0.7",
            "DEEPFLOW_AGENT_SERVICE_HOST", "10.96.0.7");

    Settings settings = Settings.read(ALL, List.of(), environment);

    assertThat(settings.get(PORT)).isEqualTo(38086);
    assertThat(settings.isExplicit(PORT)).isFalse();
  }

  @Test
  void filesStandBetweenCommasOrAsKubectlHasThem() throws Exception {
    Setting<List<Path>> files =
        Setting.of("agent.files", "--files", Kind.FILES, List.of(), "what to read");
    Path yaml = yaml("agent: {files: [/c, d]}");

    assertThat(
            Settings.read(
                    List.of(files),
                    List.of(),
                    Map.of("DEEPFLOW_FILES", "/a" + File.pathSeparator + "/b"))
                .get(files))
        .containsExactly(Path.of("/a"), Path.of("/b"));
    assertThat(Settings.read(List.of(files), List.of("--config=" + yaml), Map.of()).get(files))
        .containsExactly(Path.of("/c"), Path.of("d"));
    assertThat(Settings.read(List.of(files), List.of("--files=/e, f"), Map.of()).effective())
        .isEqualTo("agent.files = /e,f (--files)");
  }

  @Test
  void tellsAnExplicitDefaultFromAnUnsetOne() throws Exception {
    assertThat(Settings.read(ALL, List.of("--agent-port", "38086"), Map.of()).isExplicit(PORT))
        .isTrue();
  }

  @Test
  void printsWhatIsInForceAndWhereItComesFromButNoSecret() throws Exception {
    Settings settings =
        Settings.read(ALL, List.of("--agent-token", "s3cr3t"), Map.of("DEEPFLOW_WAIT", "90s"));

    assertThat(settings.effective().lines())
        .containsExactly(
            "agent.port = 38086 (default)",
            "agent.queue-bytes = 4GiB (default)",
            "agent.server = a:1 (default)",
            "agent.token = (secret) (--agent-token)",
            "agent.wait = 90s (DEEPFLOW_WAIT)");
  }

  @Test
  void neverPrintsASecretThatDoesNotFit() {
    Setting<Integer> pin = Setting.of("pin", "--pin", Kind.PORT, 0, "a secret number").asSecret();

    assertThatThrownBy(() -> Settings.read(List.of(pin), List.of("--pin=hunter2"), Map.of()))
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void refusesAKeyThatStandsTwiceAndAFileThatIsNotThere() throws Exception {
    Path twice = yaml("agent: {port: 1, port: 2}");

    assertThatThrownBy(() -> Settings.read(ALL, List.of("--config=" + twice), Map.of()))
        .hasMessageContaining("is not YAML");
    assertThatThrownBy(() -> Settings.read(ALL, List.of("--config=nowhere.yaml"), Map.of()))
        .hasMessage("configuration file nowhere.yaml does not exist");
  }

  @Test
  void aMissingValueIsNamedBesideOtherProblems() {
    assertThatThrownBy(() ->
            Settings.read(ALL, List.of("--agent-port", "--wait=soon", "--queue-bytes"), Map.of()))
        .hasMessageContaining("--agent-port needs a value: a port (0 to 65535)")
        .hasMessageContaining("--queue-bytes needs a value")
        .hasMessageContaining("agent.wait (--wait) is 'soon'");
  }

  @Test
  void aFlagThatStandsTwiceIsRefused() {
    assertThatThrownBy(() -> Settings.read(ALL, List.of("--wait=1s", "--wait=2s"), Map.of()))
        .hasMessageContaining("--wait is there more than once");
  }

  @Test
  void aValueStaysAsItWasWritten() throws Exception {
    List<String> arguments = List.of("--agent-token", "\"quoted\"=-x ", "--server=-a:1,b=c:2");

    Settings settings = Settings.read(ALL, arguments, Map.of());

    assertThat(settings.get(TOKEN)).isEqualTo("\"quoted\"=-x ");
    assertThat(settings.get(SERVERS)).containsExactly("-a:1", "b=c:2");
  }

  @Test
  void noFlagIsTakenForAnotherThatBeginsLikeIt() {
    assertThatThrownBy(() -> Settings.read(ALL, List.of("--agent-po", "1", "-w", "--"), Map.of()))
        .asInstanceOf(type(SettingsException.class))
        .extracting(SettingsException::problems)
        .asInstanceOf(list(String.class))
        .contains("unknown argument '--agent-po': did you mean '--agent-port'?")
        .anySatisfy(problem -> assertThat(problem).contains("'1'"))
        .anySatisfy(problem -> assertThat(problem).contains("'-w'"));
  }

  @Test
  void helpNamesEachPlaceWhereASettingCanStand() throws Exception {
    assertThat(Settings.read(ALL, List.of("--help"), Map.of()).helpWanted()).isTrue();
    assertThat(Settings.help("./deepflow up", ALL))
        .contains("--agent-port", "DEEPFLOW_AGENT_PORT", "agent.port", "38086", "--config");
  }

  private Path yaml(String text) throws Exception {
    return Files.writeString(directory.resolve("deepflow.yaml"), text);
  }

  @Test
  void takesRatesInBitsAndInBytes() {
    assertThat(Kind.RATE.parser().apply("100Mbps")).isEqualTo(12_500_000);
    assertThat(Kind.RATE.parser().apply("1 gbps")).isEqualTo(125_000_000);
    assertThat(Kind.RATE.parser().apply("1bps")).isEqualTo(1);
    assertThat(Kind.RATE.parser().apply("10MiB/s")).isEqualTo(10 << 20);
    assertThat(Kind.RATE.parser().apply("none")).isZero();
    for (String wrong :
        List.of("", "100", "100Mb", "fast", "-1Mbps", "1.5Mbps", "/s", "0Mbps", "0B/s")) {
      assertThatIllegalArgumentException()
          .as(wrong)
          .isThrownBy(() -> Kind.RATE.parser().apply(wrong));
    }
    for (String rate : List.of("none", "3MiB/s", "12500000B/s")) {
      assertThat(Kind.RATE.printer().apply(Kind.RATE.parser().apply(rate))).isEqualTo(rate);
    }
  }

  @Test
  void takesNumbersWithinTheirBounds() {
    Kind<Integer> kind = Kind.number(-1, 64_000);
    assertThat(kind.accepts()).isEqualTo("a number from -1 to 64000");
    assertThat(kind.parser().apply("-1")).isEqualTo(-1);
    assertThat(kind.parser().apply("64000")).isEqualTo(64_000);
    for (String wrong : List.of("", "-2", "64001", "x")) {
      assertThatIllegalArgumentException().as(wrong).isThrownBy(() -> kind.parser().apply(wrong));
    }
  }
}
