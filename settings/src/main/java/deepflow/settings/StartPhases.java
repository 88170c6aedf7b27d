package deepflow.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// How long a program has been starting, phase by phase: `2.13 s (jvm 0.31, database 1.20, tables
/// 0.62)`.
public final class StartPhases {
  private static final long TICKS_OF_SECOND = 100;
  private static final int START_TIME_FIELD = 19; // of those behind the name in brackets

  private final StringBuilder phases = new StringBuilder();
  private final long begun;
  private long last;

  private StartPhases(long begun) {
    this.begun = begun;
    last = begun;
  }

  /// Phases that begin now, of something that starts inside of a process.
  public static StartPhases begin() {
    return new StartPhases(System.nanoTime());
  }

  /// Phases that began with the process; `jvm` is over. The process is as old as the launcher,
  /// which became it.
  public static StartPhases ofProcess() {
    StartPhases phases = new StartPhases(System.nanoTime() - age().toNanos());
    phases.ended("jvm");
    return phases;
  }

  /// The phase that began with the end of the one before is over.
  public void ended(String phase) {
    long now = System.nanoTime();
    phases.append(phases.isEmpty() ? "" : ", ").append(phase).append(' ');
    phases.append(seconds(now - last));
    last = now;
  }

  @Override
  public String toString() {
    return seconds(last - begun) + " s (" + phases + ")";
  }

  /// By hand: a start has no time for [java.util.Formatter].
  private static String seconds(long nanos) {
    long hundredths = (nanos + 5_000_000) / 10_000_000;
    return hundredths / 100 + "." + hundredths % 100 / 10 + hundredths % 10;
  }

  /// Where the system doesn't say it, zero. The JDK's own figure is off by up to a second: it
  /// counts from the machine's start in whole seconds.
  private static Duration age() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      String uptime = Files.readString(Path.of("/proc/uptime"));
      double started = Double.parseDouble(fields[START_TIME_FIELD]) / TICKS_OF_SECOND;
      double now = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
      return Duration.ofNanos((long) ((now - started) * 1e9));
    } catch (IOException _) {
      return Duration.ZERO;
    }
  }
}
