package deepflow.clickhouse.block;

/// UInt64, Int64 and DateTime64 (ticks of its precision since 1970-01-01).
public final class LongColumn extends FixedColumn {

  /// A column of one of the types above, as ClickHouse writes it.
  public LongColumn(String type) {
    super(type, Long.BYTES);
  }

  /// Appends one row.
  public void append(long value) {
    data.putLong(value);
  }
}
