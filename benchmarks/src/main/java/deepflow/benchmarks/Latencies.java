package deepflow.benchmarks;

import java.time.Duration;
import java.util.Arrays;

/// Durations of many requests, each kept, so that quantiles are exact.
final class Latencies {
  private long[] nanos = new long[1024];
  private int count;

  synchronized void add(long duration) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = duration;
  }

  /// The smallest duration that at least this share of all doesn't exceed; zero when there are
  /// none.
  synchronized Duration quantile(double share) {
    if (count == 0) {
      return Duration.ZERO;
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return Duration.ofNanos(sorted[Math.min(count - 1, (int) Math.ceil(share * count) - 1)]);
  }

  /// The same in milliseconds.
  double millis(double share) {
    return quantile(share).toNanos() / 1e6;
  }
}
