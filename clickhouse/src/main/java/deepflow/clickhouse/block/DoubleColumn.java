package deepflow.clickhouse.block;

/// Float64.
public final class DoubleColumn extends FixedColumn {

  /// A column of one of the types above, as ClickHouse writes it.
  public DoubleColumn(String type) {
    super(type, Double.BYTES);
  }

  /// Appends one row.
  public void append(double value) {
    data.putLong(Double.doubleToRawLongBits(value));
  }
}
