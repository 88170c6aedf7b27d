package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.SpanMill;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The lines of docs/quickstart.md, run as they stand there: kubectl and doctor at a real API
/// server, the collectors' configurations in the real collector. The page in Chinese has the same
/// lines. What needs a container engine, root or a kubelet isn't run.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QuickstartIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Pattern COMMANDS = Pattern.compile("(?m)(?:^ {4,}\\S.*\\n?)+");
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\\n(.*?)^```");

  /// What a node's programs would say.
  private static final String READY =
      "{\"desiredNumberScheduled\":1,\"numberReady\":1,\"currentNumberScheduled\":1,\"numberMisscheduled\":0}";

  /// Of the whole configuration of a collector, what the page leaves to its reader.
  private static final String REST =
      """
      extensions:
        health_check:
          endpoint: 127.0.0.1:${env:COLLECTOR_HEALTH_PORT}
      service:
        extensions: [health_check]
        telemetry:
          metrics:
            level: none
      """;

  private static final String RECEIVERS =
      """
      receivers:
        otlp:
          protocols:
            http:
              endpoint: 127.0.0.1:${env:COLLECTOR_HTTP_PORT}
      """;

  private Path folder = Path.of("");
  private String page = "";

  @BeforeAll
  void read(@TempDir Path temporary) throws Exception {
    folder = temporary;
    page = Files.readString(ROOT.resolve("docs/quickstart.md"));
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(found -> found.group(found.groupCount())).toList();
  }

  /// Without comments, which have a language.
  private static List<String> lines(List<String> blocks) {
    return blocks.stream()
        .flatMap(String::lines)
        .map(line -> line.replaceAll("\\s+# .*", "").replaceAll("--data \\S+", "--data"))
        .filter(line -> !line.contains("─►"))
        .toList();
  }

  @Test
  void bothLanguagesHaveTheSameLines() throws Exception {
    String chinese = Files.readString(ROOT.resolve("docs/zh/quickstart.md"));
    assertThat(lines(all(COMMANDS, chinese))).isEqualTo(lines(all(COMMANDS, page))).isNotEmpty();
    assertThat(lines(all(YAML, chinese))).isEqualTo(lines(all(YAML, page))).isNotEmpty();
  }

  /// The page's commands that begin so.
  private String commands(String... beginnings) {
    List<String> found =
        all(COMMANDS, page).stream()
            .map(block -> block.replaceAll("(?m)^ {4}", ""))
            .filter(block -> Stream.of(beginnings).anyMatch(block::startsWith))
            .toList();
    assertThat(found).hasSizeGreaterThanOrEqualTo(beginnings.length);
    return String.join("\n", found);
  }

  /// In the repository's root, with kubectl on the PATH and `~/.kube/config`, as a reader has it.
  private Ran run(String commands) throws Exception {
    String path = "PATH=\"%s:$PATH\"".formatted(RealParts.kubernetes("kubectl").getParent());
    String script = "set -e; export %s; cd '%s'\n%s".formatted(path, ROOT, commands);
    return Ran.of(folder, List.of("sh", "-c", script), "");
  }

  @Test
  void inAClusterEachLineDoesWhatThePageSays() throws Exception {
    Path own = Files.createDirectory(folder.resolve("cluster"));
    try (KubernetesApi kubernetes = KubernetesApi.start(own)) {
      Files.createDirectories(folder.resolve(".kube"));
      Files.copy(kubernetes.kubeconfig(), folder.resolve(".kube/config"));

      String applied = run(commands("kubectl apply -f", "kubectl apply -n")).quiet();
      assertThat(applied)
          .contains("daemonset.apps/deepflow-agent created")
          .contains("statefulset.apps/deepflow-server created")
          .contains(
              "daemonset.apps/otel-agent ", "service/otel-agent ", "configmap/otel-agent-conf");
      assertThat(run(commands("LATEST_TAG=", "kubectl get cm")).quiet())
          .contains(
              "image updated", "traces_endpoint: http://deepflow-agent.deepflow/api/v1/otel/trace");

      kubernetes.status("open-telemetry", "daemonset/otel-agent", READY);
      kubernetes.status("deepflow", "daemonset/deepflow-agent", READY);
      Ran doctor = run(commands("./deepflow doctor --kubeconfig"));
      assertThat(doctor.code()).as(doctor.out() + doctor.err()).isZero();
      assertThat(doctor.out()).doesNotContain("error ", "warning ");
    }
  }

  /// The first configuration is for a cluster, the second for a host.
  @Test
  void aHostsCollectorHandsItsSpansOn() throws Exception {
    SpanMill mill = LoadOn.mill("quickstart", 1, 1);
    Collector.Address collector = Collector.Address.free();
    try (DeepFlow up = DeepFlow.up(folder.resolve("data")).start()) {
      Path file = collector("host.yaml", RECEIVERS + all(YAML, page).getLast());
      try (Collector _ = Collector.start(file, collector, up.address().agent(), Map.of())) {
        URI to = URI.create("http://127.0.0.1:" + collector.http() + "/v1/traces");
        assertThat(OtlpPost.from("127.0.0.1", to, "application/x-protobuf", mill.request(0)))
            .isEqualTo(200);
        ServerClient server = new ServerClient(up.address());
        Patience.await(
            PATIENCE,
            () ->
                assertThat(server.query("SELECT endpoint FROM l7_flow_log LIMIT 10")).isNotEmpty());
      }
      // It knows the agent by its usual port.
      Path asOnThePage =
          Files.writeString(folder.resolve("page.yaml"), RECEIVERS + all(YAML, page).getLast());
      String doctor =
          commands("./deepflow doctor --collector")
              .replace("/etc/otelcol-contrib/config.yaml", asOnThePage.toString())
              .replace("38086", Integer.toString(up.address().agent()))
              .replace("20416", Integer.toString(up.address().server()));
      Ran ran = run(doctor);
      assertThat(ran.code()).as(ran.out() + ran.err()).isZero();
    }
  }

  @Test
  void theRealCollectorTakesTheClustersConfiguration() throws Exception {
    Path file = collector("cluster.yaml", all(YAML, page).getFirst());
    List<String> validate =
        List.of(RealParts.collector().toString(), "validate", "--config", file.toString());
    assertThat(Ran.of(folder, validate, "").code()).isZero();
  }

  /// One configuration of the page's and the rest's parts.
  private Path collector(String name, String part) throws Exception {
    String service = REST.substring(REST.indexOf("service:\n"));
    String whole =
        REST.replace(service, "")
            + part.replace("service:\n", service)
                .replace("127.0.0.1:38086", "127.0.0.1:${env:AGENT_PORT}");
    return Files.writeString(folder.resolve(name), whole);
  }
}
