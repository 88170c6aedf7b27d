package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A Debian whose first process is systemd, with a network, processes and control groups of its
/// own, over a folder that stays as it was. What this machine's first process is doesn't matter.
final class DebianHost implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path SYSTEMD = Path.of("/usr/lib/systemd/systemd");

  /// Arguments: root folder, folder for what is written, name of the control group. systemd-nspawn
  /// wants to see nothing but control groups of the second version, and itself in their root.
  private static final String BOOT =
      """
      group=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/$3
      mkdir "$group" && echo $$ >"$group/cgroup.procs" || exit 77
      exec unshare --cgroup --mount --pid --fork --kill-child --mount-proc --propagation private \
        sh -c '
          mount -t cgroup2 none /sys/fs/cgroup && mount -t tmpfs none /run || exit 77
          mount -t overlay none -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root" || exit 77
          export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
          exec systemd-nspawn --directory="$2/root" --machine="$3" --register=no --keep-unit \
            --private-network --link-journal=no --console=pipe --boot' sh "$@"
      """;

  /// Takes the control groups away, from the innermost on, when their processes are gone.
  private static final String LEAVE =
      """
      group=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/$1
      for _ in $(seq 50); do
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && exit
        sleep 0.1
      done
      """;

  private final Path folder;
  private final String name;
  private final RunningProcess machine;

  private DebianHost(Path folder, String name, RunningProcess machine) {
    this.folder = folder;
    this.name = name;
    this.machine = machine;
  }

  /// Boots; skips the test where that can't be done.
  ///
  /// @param folder for what is written there
  /// @param given files that lie in the folder `/srv` then
  static DebianHost boot(Path folder, List<Path> given) throws Exception {
    Path root = RealParts.debian();
    for (String one : List.of("upper/srv", "work", "root")) {
      Files.createDirectories(folder.resolve(one));
    }
    for (Path file : given) {
      Files.copy(file, folder.resolve("upper/srv").resolve(file.getFileName()));
    }
    String name = "deepflow-test-" + Long.toString(ProcessHandle.current().pid());
    RunningProcess machine =
        RunningProcess.start(
            "debian",
            List.of("sh", "-c", BOOT, "sh", root.toString(), folder.toString(), name),
            Map.of());
    DebianHost host = new DebianHost(folder, name, machine);
    try {
      machine.awaitReady(
          PATIENCE,
          () -> assertThat(host.run("systemctl", "is-system-running").out()).startsWith("running"));
      return host;
    } catch (IllegalStateException ended) {
      host.close();
      if (ended.toString().contains("ended with 77")) {
        RealParts.skip("systemd can't be booted here: " + machine.endOfLog());
      }
      throw ended;
    } catch (AssertionError e) {
      host.close();
      throw e;
    }
  }

  /// A command on that host, as its root.
  Ran run(String... command) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--all",
                "--target=" + systemd(),
                "env",
                "-i",
                "PATH=/usr/sbin:/usr/bin",
                "LC_ALL=C"));
    all.addAll(List.of(command));
    return Ran.of(folder, all, "");
  }

  private long systemd() {
    return ProcessHandle.of(machine.pid()).stream()
        .flatMap(ProcessHandle::descendants)
        .filter(
            process -> process.info().command().map(Path::of).filter(SYSTEMD::equals).isPresent())
        .findFirst()
        .orElseThrow(() -> new AssertionError("systemd isn't there yet"))
        .pid();
  }

  @Override
  public void close() throws IOException {
    machine.close();
    try {
      int _ = new ProcessBuilder("sh", "-c", LEAVE, "sh", name).start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
