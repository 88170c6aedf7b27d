package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A start that feels instant, and a stop as well: from the launcher to the first 200 of `/ready`,
/// on a data directory that is there already. The best of several counts, and some more are tried
/// when none was quick enough, since a test's machine has other work.
@Tag("alone") // it measures time
class StartIT {
  private static final int STARTS = Tier.times(5, 20);
  private static final int STARTS_MAX = 20;
  private static final Duration UP_MAX = Duration.ofSeconds(5);
  private static final Duration AGENT_MAX = Duration.ofMillis(800);
  private static final Duration STOP_MAX = Duration.ofSeconds(3);
  private static final Duration DAMAGED_MAX = Duration.ofSeconds(20);

  @Test
  void upIsReadyWithinFiveSeconds(@TempDir Path data) throws Exception {
    try (DeepFlow up = DeepFlow.up(data)) {
      judge("up", up, UP_MAX);
    }
  }

  @Test
  void anAgentIsReadyWithinEightTenthsOfASecond(@TempDir Path data) throws Exception {
    try (DeepFlow agent = DeepFlow.agent(data, Ports.free())) {
      judge("agent", agent, AGENT_MAX);
    }
  }

  private static void judge(String program, DeepFlow deepFlow, Duration startMax) throws Exception {
    deepFlow.start().stop();
    List<Long> starts = new ArrayList<>();
    List<Long> stops = new ArrayList<>();
    do {
      starts.add(millis(deepFlow::start));
      stops.add(millis(deepFlow::stop));
    } while (starts.size() < STARTS
        || (Collections.min(starts) > startMax.toMillis() && starts.size() < STARTS_MAX));
    Report.say(program, "ready after %s ms, ended after %s ms".formatted(starts, stops));
    assertThat(Collections.min(starts))
        .as("ms until ready, best of %s", starts)
        .isLessThanOrEqualTo(startMax.toMillis());
    assertThat(Collections.min(stops))
        .as("ms until the end, best of %s", stops)
        .isLessThanOrEqualTo(STOP_MAX.toMillis());
  }

  private static long millis(Patience.Assertion step) throws Exception {
    long start = System.nanoTime();
    step.check();
    return Duration.ofNanos(System.nanoTime() - start).toMillis();
  }

  /// Its jars have changed, its disk was full, its JDK is another one: all that is lost is time.
  @Test
  void aBrokenCacheIsNoReasonToSayAnything(@TempDir Path folder) throws Exception {
    byte[] garbage = new byte[100_000];
    Random random = Tier.random("broken-cache");
    random.nextBytes(garbage);
    Path cache = Files.write(folder.resolve("broken.aot"), garbage);
    Map<String, String> environment = new HashMap<>(Programs.environment());
    // The last one of a flag counts.
    environment.merge("DEEPFLOW_JAVA_OPTIONS", "-XX:AOTCache=" + cache, (a, b) -> a + " " + b);
    List<String> arguments =
        List.of(
            "--data",
            folder.toString(),
            "--agent-port",
            "0",
            "--otlp-grpc-port",
            "0",
            "--otlp-http-port",
            "0",
            "--server",
            "127.0.0.1:1",
            "--controller",
            "none");

    try (RunningProcess agent =
        RunningProcess.start(
            "agent-broken-cache",
            Programs.command(DeepFlow.Program.AGENT, arguments),
            environment)) {
      agent.awaitReady(
          Duration.ofSeconds(60), () -> assertThat(agent.log()).contains("Taking traces on http"));
      assertThat(agent.log()).doesNotContain("[warning]", "[error", "AOT", "archive");
      assertThat(agent.terminate(Duration.ofSeconds(60))).isZero();
    }
  }

  @Test
  void aServerWhoseEngineIsDamagedSaysSoAndEndsAtOnce(@TempDir Path folder) throws Exception {
    Path damaged = Files.writeString(folder.resolve("libchdb.so"), "as far as it came");
    Map<String, String> environment = new HashMap<>(Programs.environment());
    String library = "-Ddeepflow.clickhouse.library=" + damaged;
    environment.merge(Programs.JAVA_OPTIONS, library, (a, b) -> a + " " + b);
    List<String> arguments =
        List.of("--data", folder.toString(), "--server-port", "0", "--ingest-port", "0");

    try (RunningProcess server =
        RunningProcess.start(
            "server-damaged-engine",
            Programs.command(DeepFlow.Program.SERVER, arguments),
            environment)) {
      assertThat(server.await(DAMAGED_MAX)).isEqualTo(1);
      assertThat(server.log())
          .contains("deepflow-server: the engine's library is damaged", damaged.toString())
          .doesNotContain("Exception");
    }
  }
}
