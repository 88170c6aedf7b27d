package deepflow.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// What processes have used, by Linux' own accounts in /proc.
///
/// @param pids of all the processes that are one system under test
record ProcessGauge(List<Long> pids) {
  /// USER_HZ: the unit of times in /proc, fixed at 100 for programs on every architecture we run
  /// on.
  private static final double TICKS_PER_SECOND = 100;

  /// Seconds of processor time since the start, in user and kernel mode, of all threads.
  double cpuSeconds() throws IOException {
    long ticks = 0;
    for (long pid : pids) {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // The second field is the name in parentheses and may hold spaces; utime is the 14th field.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }
    return ticks / TICKS_PER_SECOND;
  }

  /// Waits until they rest for ten seconds: merges and the like belong to the cost.
  void awaitRest(Duration atMost) throws IOException, InterruptedException {
    Instant end = Instant.now().plus(atMost);
    int quiet = 0;
    while (quiet < 5 && Instant.now().isBefore(end)) {
      double before = cpuSeconds();
      Thread.sleep(2000);
      quiet = cpuSeconds() - before < 0.2 ? quiet + 1 : 0;
    }
  }

  /// The most memory that each has had resident at any time, added up, in bytes.
  long peakMemoryBytes() throws IOException {
    return bytes("VmHWM:");
  }

  /// The memory that they have resident now, added up, in bytes.
  long residentBytes() throws IOException {
    return bytes("VmRSS:");
  }

  private long bytes(String field) throws IOException {
    long bytes = 0;
    for (long pid : pids) {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
        if (line.startsWith(field)) {
          bytes += 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    }
    return bytes;
  }
}
