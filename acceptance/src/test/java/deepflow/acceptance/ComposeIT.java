package deepflow.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.TracesData;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// What deploy/docker has, as far as it can be seen without a container engine: that files agree
/// with each other, and that what runs inside of containers runs.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ComposeIT {
  private static final Path DOCKER = Path.of("..", "deploy", "docker").toAbsolutePath().normalize();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String TRACE = "5b8efff798038103d269b633813fc60d";
  private static final String SPAN =
      """
      {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"0123456789abcdef",
        "name":"GET /","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000000000001"}]}]}]}
      """
          .formatted(TRACE);

  private Map<String, Map<String, Object>> services = Map.of();

  @BeforeAll
  @SuppressWarnings("unchecked") // of a YAML file
  void read() throws Exception {
    LoadSettings settings = LoadSettings.builder().setAllowDuplicateKeys(false).build();
    Map<String, Object> compose =
        (Map<String, Object>)
            new Load(settings).loadFromString(Files.readString(DOCKER.resolve("compose.yaml")));
    services =
        requireNonNull((Map<String, Map<String, Object>>) compose.get("services"), "services");
  }

  private Map<String, Object> service(String name) {
    return requireNonNull(services.get(name), name);
  }

  private static List<?> list(Map<?, ?> of, String key) {
    return (List<?>) requireNonNull(of.get(key), key);
  }

  @Test
  void everyServiceIsHardenedAndOnThisMachineOnly() {
    assertThat(services).containsOnlyKeys("deepflow-server", "deepflow-agent", "otel-collector");
    services.forEach((name, service) -> {
      assertThat(String.valueOf(service.get("<<")))
          .as(name)
          .contains("read_only=true", "cap_drop=[ALL]", "no-new-privileges:true");
      assertThat(list(service, "ports"))
          .as(name)
          .allSatisfy(port -> assertThat(port.toString()).startsWith("127.0.0.1:"));
      assertThat(service).as(name).containsKey("mem_limit");
    });
  }

  @Test
  void imagesAreThoseThatTheDockerfilesMake() throws Exception {
    for (String name : List.of("agent", "server")) {
      String dockerfile = Files.readString(DOCKER.resolve(name + ".Dockerfile"));
      Map<String, Object> service = service("deepflow-" + name);
      assertThat(dockerfile)
          .contains(
              "-t " + service.get("image"),
              "ADD deepflow-" + name + "-*-linux-*.tar.gz /opt/",
              "USER 10001:10001",
              "--chown=10001:10001 /data /var/lib/deepflow-" + name,
              "ENTRYPOINT [\"/opt/deepflow-" + name + "/bin/deepflow-" + name + "\"]");
      assertThat(service.get("volumes")).isEqualTo(List.of(name + ":/var/lib/deepflow-" + name));
      String exposed =
          dockerfile.lines().filter(line -> line.startsWith("EXPOSE")).findFirst().orElseThrow();
      for (Object port : list(service, "ports")) {
        String inside = port.toString().substring(port.toString().lastIndexOf(':') + 1);
        assertThat(exposed).containsPattern("\\b" + inside + "\\b");
      }
    }
  }

  /// The shell's words as Docker would run them, with the port of the process here.
  private int health(String name, int usualPort, int port, Path folder) throws Exception {
    Map<?, ?> check = (Map<?, ?>) requireNonNull(service(name).get("healthcheck"), name);
    List<?> words = list(check, "test");
    assertThat(words.subList(0, 3)).isEqualTo(List.of("CMD", "bash", "-c"));
    String script =
        words
            .get(3)
            .toString()
            .replace("$$", "$")
            .replace("tcp/127.0.0.1/" + usualPort, "tcp/127.0.0.1/" + port);
    return Ran.of(folder, List.of("bash", "-c", script), "").code();
  }

  @Test
  void healthChecksAndTheCollectorsConfigurationWork(@TempDir Path folder) throws Exception {
    Collector.Address collector = Collector.Address.free();
    try (DeepFlow up = DeepFlow.up(folder.resolve("data")).start()) {
      DeepFlow.Address ports = up.address();
      assertThat(health("deepflow-agent", 38086, ports.agent(), folder)).isZero();
      assertThat(health("deepflow-server", 20416, ports.server(), folder)).isZero();
      assertThat(health("deepflow-server", 20416, Ports.free(), folder)).isNotZero();
      try (Collector _ = Collector.start(here(folder), collector, ports.agent(), Map.of())) {
        URI to = URI.create("http://127.0.0.1:" + collector.http() + "/v1/traces");
        byte[] span = SPAN.getBytes(StandardCharsets.UTF_8);
        assertThat(OtlpPost.from("127.0.0.6", to, "application/json", span)).isEqualTo(200);
        ServerClient server = new ServerClient(ports);
        Patience.await(PATIENCE, () -> assertThat(server.trace(TRACE)).isPresent());
        TracesData trace = server.trace(TRACE).orElseThrow();
        assertThat(Otlp.hostAddresses(trace)).containsExactly("127.0.0.6");
      }
    }
  }

  /// The collector's configuration with the ports of here.
  private Path here(Path folder) throws Exception {
    assertThat(service("otel-collector").get("volumes"))
        .isEqualTo(List.of("./collector.yaml:/etc/otelcol-contrib/config.yaml:ro"));
    String text =
        Files.readString(DOCKER.resolve("collector.yaml"))
            .replace("0.0.0.0:4317", "127.0.0.1:${env:COLLECTOR_GRPC_PORT}")
            .replace("0.0.0.0:4318", "127.0.0.1:${env:COLLECTOR_HTTP_PORT}")
            .replace("0.0.0.0:13133", "127.0.0.1:${env:COLLECTOR_HEALTH_PORT}")
            .replace("deepflow-agent:38086", "127.0.0.1:${env:AGENT_PORT}");
    return Files.writeString(folder.resolve("collector-compose.yaml"), text);
  }
}
