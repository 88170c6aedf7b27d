package deepflow.agent.forward;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Pauses between attempts: a random part ("full jitter") of a bound that doubles with each
/// failure, so that a thousand agents don't come back to a restarted server in one moment.
final class BackOff {
  private final Duration min;
  private final Duration max;
  private final RandomGenerator random;
  private int failures;

  BackOff(Duration min, Duration max, RandomGenerator random) {
    this.min = min;
    this.max = max;
    this.random = random;
  }

  /// The next pause.
  Duration next() {
    long bound = max.toNanos();
    // Doubling stops long before it could overflow.
    if (failures < Long.numberOfLeadingZeros(min.toNanos()) - 1) {
      bound = Math.min(bound, min.toNanos() << failures);
    }
    failures++;
    return Duration.ofNanos(random.nextLong(bound) + 1);
  }

  /// An attempt went well.
  void reset() {
    failures = 0;
  }
}
