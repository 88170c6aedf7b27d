package deepflow.agent.receive;

import java.util.function.LongSupplier;

/// How many spans a second are taken: a bucket that fills with a second's spans. A request is taken
/// as long as something is in it, whatever the request's size, and what it takes too much is owed.
final class SpanRate {
  private static final double NANOS = 1e9;

  private final LongSupplier nanoClock;
  private volatile long spansPerSecond;
  private double available;
  private long filledNanos;

  SpanRate(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /// @param newSpansPerSecond 0 is no limit
  synchronized void limit(long newSpansPerSecond) {
    if (newSpansPerSecond != spansPerSecond) {
      spansPerSecond = newSpansPerSecond;
      available = newSpansPerSecond;
      filledNanos = nanoClock.getAsLong();
    }
  }

  /// Takes the spans of a request, if there is room for it.
  ///
  /// @return 0 when it may pass, else how long its sender has to wait, in ns
  long take(int spans) {
    return spansPerSecond == 0 ? 0 : takeLimited(spans);
  }

  private synchronized long takeLimited(int spans) {
    long limit = spansPerSecond;
    if (limit == 0) {
      return 0;
    }
    long now = nanoClock.getAsLong();
    available = Math.min((double) limit, available + (now - filledNanos) / NANOS * limit);
    filledNanos = now;
    if (available <= 0) {
      return (long) Math.ceil((1 - available) / limit * NANOS);
    }
    available -= spans;
    return 0;
  }
}
