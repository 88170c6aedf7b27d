package deepflow.server.storage;

/// Names a block: the same in each of its rows, in every table.
///
/// @param number unique in the store and higher than those of all blocks before: when the block was
///   made, about, in ns since 1970-01-01 UTC
public record BlockId(long number) {
  private static final long NANOS_OF_SECOND = 1_000_000_000L;
  private static final int SECONDS_OF_DAY = 86_400;

  /// The value of `block_time`: seconds since 1970-01-01 UTC, u32.
  public int timeSeconds() {
    return (int) (number / NANOS_OF_SECOND);
  }

  /// The day of `block_time`: days since 1970-01-01 UTC.
  public int day() {
    return (int) (Integer.toUnsignedLong(timeSeconds()) / SECONDS_OF_DAY);
  }
}
