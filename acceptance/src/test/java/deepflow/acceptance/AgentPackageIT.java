package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent's package on a host that has nothing else: no Java, nobody's rights, and a file system
/// that can't be written to but for its data directory.
class AgentPackageIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long BYTES_MAX = 90 << 20;

  /// In a mount namespace of its own: everything read-only, the data directory as it was; then
  /// nobody's rights.
  private static final String LOCKED_UP =
      """
      mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,bind,ro / || exit 77
      ! touch /tmp/written 2>/dev/null || exit 77
      data=$1; shift
      exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
        env -i PATH=/usr/bin:/bin "$@" --data "$data"
      """;

  private static final byte[] SPAN =
      """
      {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0123456789abcdef0123456789abcdef",
        "spanId":"0123456789abcdef","name":"GET /"}]}]}]}\
      """
          .getBytes(StandardCharsets.UTF_8);

  @TempDir static Path unpacked;
  private static Path archive = Path.of("");
  private static Path program = Path.of("");

  @BeforeAll
  static void makeAndUnpack() throws Exception {
    try (RunningProcess packing =
        RunningProcess.start(
            "package", Programs.command("package", List.of("agent")), Programs.environment())) {
      assertThat(packing.await(Duration.ofMinutes(5))).as(packing.endOfLog()).isZero();
      archive = Path.of(packing.log().strip().lines().toList().getLast());
    }
    run("tar", "-xzf", archive.toString(), "-C", unpacked.toString());
    // Readable for whoever the agent runs as.
    Files.setPosixFilePermissions(unpacked, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (Stream<Path> folders = Files.list(unpacked)) {
      program = folders.findFirst().orElseThrow().resolve("bin/deepflow-agent");
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
  }

  @Test
  void itIsSmallAndHasNoEngineInside() throws Exception {
    assertThat(Files.size(archive)).isLessThan(BYTES_MAX);
    try (Stream<Path> files = Files.walk(unpacked)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.contains("chdb") || name.contains("deepflow-server"));
    }
  }

  @Test
  void nobodyRunsItOnAReadOnlyFileSystemWithoutJava(@TempDir Path data) throws Exception {
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
    int port = Ports.free();
    List<String> command =
        new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", LOCKED_UP, "sh"));
    command.addAll(List.of(data.toString(), program.toString(), "--agent-port", "" + port));
    command.addAll(List.of("--otlp-grpc-port", "0", "--otlp-http-port", "0"));
    try (RunningProcess agent = RunningProcess.start("packaged-agent", command, Map.of())) {
      awaitOrSkip(agent, port);

      assertThat(
              OtlpPost.from(
                  "127.0.0.1",
                  URI.create("http://127.0.0.1:" + port + "/v1/traces"),
                  "application/json",
                  SPAN))
          .isEqualTo(200);
      assertThat(agent.log()).contains("Taking traces on").doesNotContain("WARN  AgentMain");
      assertThat(agent.terminate(PATIENCE)).isZero();
    }
    try (Stream<Path> files = Files.list(data.resolve("queue"))) {
      assertThat(files.map(Path::toString)).anyMatch(file -> file.endsWith(".segment"));
    }
  }

  private static void awaitOrSkip(RunningProcess agent, int port) throws Exception {
    try {
      agent.awaitReady(PATIENCE, () -> assertThat(status(port)).isEqualTo(200));
    } catch (IllegalStateException ended) {
      if (agent.await(PATIENCE) == 77 || agent.log().contains("unshare:")) {
        RealParts.skip("a read-only file system needs the right to mount: " + agent.endOfLog());
      }
      throw ended;
    }
  }

  private static int status(int port) throws Exception {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + port + "/ready").toURL().openConnection();
    try {
      return connection.getResponseCode();
    } finally {
      connection.disconnect();
    }
  }
}
