package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The agent's package on a host that has nothing else: no Java, nobody's rights, and a file system
/// that can't be written to but for its data directory.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AgentPackageIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long BYTES_MAX = 90 << 20;

  private static final byte[] SPAN =
      """
      {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0123456789abcdef0123456789abcdef",
        "spanId":"0123456789abcdef","name":"GET /"}]}]}]}\
      """
          .getBytes(StandardCharsets.UTF_8);

  private Packaged packaged;
  private Path unpacked = Path.of("");

  @BeforeAll
  void makeAndUnpack(@TempDir Path folder) throws Exception {
    unpacked = folder;
    packaged = Packaged.make("agent", folder);
  }

  @Test
  void itIsSmallAndHasNoEngineInside() throws Exception {
    assertThat(Files.size(packaged.archive())).isLessThan(BYTES_MAX);
    try (Stream<Path> files = Files.walk(unpacked)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.contains("chdb") || name.contains("deepflow-server"));
    }
  }

  @Test
  void theDebianPackageHasTheUnitAndTheSettings(@TempDir Path folder) throws Exception {
    for (Path debianPackage : packaged.debianPackages()) {
      assertThat(Files.size(debianPackage)).isLessThan(BYTES_MAX);
      assertThat(Packaged.contents(debianPackage, folder))
          .contains(
              "/etc/deepflow/agent.yaml",
              "/usr/lib/systemd/system/deepflow-agent.service",
              "/usr/lib/deepflow-agent/bin/deepflow-agent",
              "/usr/bin/deepflow-agent -> ../lib/deepflow-agent/bin/deepflow-agent");
    }
  }

  @Test
  void nobodyRunsItOnAReadOnlyFileSystemWithoutJava(@TempDir Path data) throws Exception {
    int port = Ports.free();
    String[] ports = {
      "--agent-port", Integer.toString(port), "--otlp-grpc-port", "0", "--otlp-http-port", "0"
    };
    try (RunningProcess agent = packaged.startLockedUp(data, port, ports)) {
      URI traces = URI.create("http://127.0.0.1:" + port + "/v1/traces");
      assertThat(OtlpPost.from("127.0.0.1", traces, "application/json", SPAN)).isEqualTo(200);
      assertThat(agent.log()).contains("Taking traces on").doesNotContain("WARN  AgentMain");
      assertThat(agent.terminate(PATIENCE)).isZero();
    }
    try (Stream<Path> files = Files.list(data.resolve("queue"))) {
      assertThat(files.map(Path::toString)).anyMatch(file -> file.endsWith(".segment"));
    }
  }

  @Test
  void itTakesTheSettingsFileThatItsPackageBrings(@TempDir Path folder) throws Exception {
    Path shipped = Path.of("..", "deploy", "systemd", "agent.yaml").toAbsolutePath();
    Ran ran =
        Ran.of(folder, List.of(packaged.program().toString(), "--config=" + shipped, "--help"), "");
    assertThat(ran.ok()).contains("--queue-size");
  }
}
