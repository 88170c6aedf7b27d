package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A program as `./deepflow package` makes it, unpacked, on a host that has nothing else.
///
/// @param archive the package
/// @param program its script in the unpacked folder
/// @param debianPackages beside the archive; none where there is no dpkg-deb
record Packaged(Path archive, Path program, List<Path> debianPackages) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

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

  /// Makes a package and unpacks it.
  ///
  /// @param name `agent` or `server`
  static Packaged make(String name, Path folder) throws Exception {
    List<Path> made;
    try (RunningProcess packing =
        RunningProcess.start(
            "package-" + name,
            Programs.command("package", List.of(name)),
            Programs.environment())) {
      assertThat(packing.await(Duration.ofMinutes(10))).as(packing.endOfLog()).isZero();
      made = packing.log().lines().filter(line -> line.startsWith("/")).map(Path::of).toList();
    }
    Path archive = made.getLast();
    run("tar", "-xzf", archive.toString(), "-C", folder.toString());
    // Readable for whoever the program runs as.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (Stream<Path> folders = Files.list(folder)) {
      Path program = folders.findFirst().orElseThrow().resolve("bin/deepflow-" + name);
      return new Packaged(archive, program, made.subList(0, made.size() - 1));
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
  }

  /// Runs it without Java, as nobody, on a read-only file system but for its data, until it is
  /// ready; skips the test where that can't be done.
  ///
  /// @param port on which it has `/ready`
  RunningProcess startLockedUp(Path data, int port, String... settings) throws Exception {
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
    List<String> command =
        new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", LOCKED_UP, "sh"));
    command.addAll(List.of(data.toString(), program.toString()));
    command.addAll(List.of(settings));
    RunningProcess process =
        RunningProcess.start("packaged-" + program.getFileName(), command, Map.of());
    try {
      process.awaitReady(PATIENCE, () -> assertThat(status(port)).isEqualTo(200));
      return process;
    } catch (IllegalStateException ended) {
      if (process.await(PATIENCE) == 77 || process.log().contains("unshare:")) {
        RealParts.skip("a read-only file system needs the right to mount: " + process.endOfLog());
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

  /// Files that a Debian package would install.
  static List<String> contents(Path debianPackage, Path folder) throws Exception {
    return Ran.of(folder, List.of("dpkg-deb", "--contents", debianPackage.toString()), "")
        .ok()
        .lines()
        .map(line -> line.substring(line.indexOf("./") + 1))
        .toList();
  }
}
