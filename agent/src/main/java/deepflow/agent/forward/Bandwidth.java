package deepflow.agent.forward;

import java.util.function.LongSupplier;

/// How fast the agent may write: a token bucket that fills by so many bytes a second and holds a
/// quarter of a second's. It outlives connections, so that what is sent again counts again. Who
/// takes more than is there owes the rest, and waits until that has come.
final class Bandwidth {
  /// No limit.
  static final long UNLIMITED = 0;

  private static final double NANOS = 1e9;
  private static final int BURSTS_PER_SECOND = 4;

  /// So much goes into one write without a limit, so that progress is seen on slow connections.
  private static final int WRITE_BYTES_MAX = 1 << 20;

  /// Smaller writes would be all overhead.
  private static final int WRITE_BYTES_MIN = 1 << 10;

  private volatile long bytesPerSecond;
  private final LongSupplier nanoClock;
  private double available;
  private long filledNanos;

  /// @param bytesPerSecond or [#UNLIMITED]
  Bandwidth(long bytesPerSecond, LongSupplier nanoClock) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoClock = nanoClock;
    available = burst();
    filledNanos = nanoClock.getAsLong();
  }

  /// Changes the limit. What is owed under the old one is not remembered.
  synchronized void limit(long newBytesPerSecond) {
    if (newBytesPerSecond != bytesPerSecond) {
      bytesPerSecond = newBytesPerSecond;
      available = burst();
      filledNanos = nanoClock.getAsLong();
    }
  }

  /// How much should be written at a time, for an even flow.
  int writeBytes() {
    return bytesPerSecond == UNLIMITED
        ? WRITE_BYTES_MAX
        : Math.clamp((long) burst(), WRITE_BYTES_MIN, WRITE_BYTES_MAX);
  }

  /// Takes bytes that are about to be written.
  ///
  /// @return how long to wait before, in ns
  synchronized long take(int bytes) {
    if (bytesPerSecond == UNLIMITED) {
      return 0;
    }
    long now = nanoClock.getAsLong();
    available = Math.min(burst(), available + (now - filledNanos) / NANOS * bytesPerSecond);
    filledNanos = now;
    available -= bytes;
    return available >= 0 ? 0 : (long) Math.ceil(-available / bytesPerSecond * NANOS);
  }

  private double burst() {
    return (double) bytesPerSecond / BURSTS_PER_SECOND;
  }
}
