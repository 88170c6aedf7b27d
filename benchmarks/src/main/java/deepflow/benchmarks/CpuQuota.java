package deepflow.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Holds a process to a share of one processor the way a container's limit does: by a control group
/// of its own with a quota (Linux, `cpu.cfs_quota_us` of version 1 and `cpu.max` of version 2).
final class CpuQuota implements AutoCloseable {
  private static final Path GROUPS = Path.of("/sys/fs/cgroup");
  private static final long PERIOD_MICROS = 100_000;

  private final Path group;
  private final Path before;

  private CpuQuota(Path group, Path before) {
    this.group = group;
    this.before = before;
  }

  /// Holds the process from now on.
  ///
  /// @return null where no group can be made: on another system, or without the rights
  static @Nullable CpuQuota hold(long pid, double share) {
    try {
      return held(pid, Math.round(share * PERIOD_MICROS));
    } catch (IOException e) {
      System.err.printf(Locale.ROOT, "no quota (%s): stops and continues the process instead%n", e);
      return null;
    }
  }

  private static CpuQuota held(long pid, long micros) throws IOException {
    Path ofVersion1 = GROUPS.resolve("cpu");
    boolean old = Files.isDirectory(ofVersion1);
    Path root = old ? ofVersion1 : GROUPS;
    Path group = root.resolve("deepflow-benchmark-" + pid);
    CpuQuota quota = new CpuQuota(group, root.resolve("." + groupOf(pid, old)).normalize());
    Files.createDirectory(group);
    try {
      quota.limit(micros, old);
      Files.writeString(group.resolve("cgroup.procs"), Long.toString(pid));
      return quota;
    } catch (IOException e) {
      quota.close();
      throw e;
    }
  }

  private void limit(long micros, boolean old) throws IOException {
    if (old) {
      Files.writeString(group.resolve("cpu.cfs_period_us"), Long.toString(PERIOD_MICROS));
      Files.writeString(group.resolve("cpu.cfs_quota_us"), Long.toString(micros));
    } else {
      Files.writeString(group.resolve("cpu.max"), micros + " " + PERIOD_MICROS);
    }
  }

  /// The path of a process's group, such as `/`; `/proc/PID/cgroup` has a line for each hierarchy.
  private static String groupOf(long pid, boolean old) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc", Long.toString(pid), "cgroup"));
    return lines.stream()
        .map(line -> line.split(":", 3))
        .filter(parts -> old ? List.of(parts[1].split(",")).contains("cpu") : parts[0].equals("0"))
        .map(parts -> parts[2])
        .findFirst()
        .orElseThrow(() -> new IOException("no group of processors in " + lines));
  }

  /// Gives the process back to the group that it was in.
  @Override
  public void close() {
    try {
      for (String pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
        Files.writeString(before.resolve("cgroup.procs"), pid);
      }
      Files.delete(group);
    } catch (IOException e) {
      System.err.printf(Locale.ROOT, "%s stays: %s%n", group, e);
    }
  }
}
