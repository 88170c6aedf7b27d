package deepflow.server.querier.services;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// The stretches of equal length into which a range of time is cut. They begin at multiples of
/// their length since 1970-01-01 UTC, so that an answer a moment later has the same ones; the first
/// and the last may reach beyond the range.
///
/// @param fromNanos where the first begins, ns since 1970-01-01 UTC
/// @param stepNanos length of each
/// @param count at most [#COUNT_MAX]
record Buckets(long fromNanos, long stepNanos, int count) {

  static final int COUNT_MAX = 60;

  /// Lengths that a person reads at a glance. Longer ones double.
  private static final List<Long> STEPS =
      Stream.of(
              "PT1S", "PT2S", "PT5S", "PT10S", "PT15S", "PT30S", "PT1M", "PT2M", "PT5M", "PT10M",
              "PT15M", "PT30M", "PT1H", "PT2H", "PT3H", "PT6H", "PT12H", "P1D", "P2D", "P7D")
          .map(step -> Duration.parse(step).toNanos())
          .toList();

  /// The shortest that are few enough for that range.
  ///
  /// @param startNanos not negative
  /// @param endNanos not before the start; belongs to the range
  static Buckets of(long startNanos, long endNanos) {
    for (long step : STEPS) {
      if (count(startNanos, endNanos, step) <= COUNT_MAX) {
        return of(startNanos, endNanos, step);
      }
    }
    long step = STEPS.getLast();
    while (count(startNanos, endNanos, step) > COUNT_MAX) {
      step *= 2;
    }
    return of(startNanos, endNanos, step);
  }

  private static Buckets of(long startNanos, long endNanos, long step) {
    return new Buckets(startNanos / step * step, step, (int) count(startNanos, endNanos, step));
  }

  private static long count(long startNanos, long endNanos, long step) {
    return endNanos / step - startNanos / step + 1;
  }
}
