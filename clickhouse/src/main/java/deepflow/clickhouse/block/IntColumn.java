package deepflow.clickhouse.block;

/// UInt32, Int32, DateTime (seconds since 1970-01-01), Date32 (days) and IPv4.
public final class IntColumn extends FixedColumn {

  /// A column of one of the types above, as ClickHouse writes it.
  public IntColumn(String type) {
    super(type, Integer.BYTES);
  }

  /// Appends one row.
  public void append(int value) {
    data.putInt(value);
  }
}
