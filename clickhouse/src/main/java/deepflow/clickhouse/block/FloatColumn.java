package deepflow.clickhouse.block;

/// Float32.
public final class FloatColumn extends FixedColumn {

  /// A column of one of the types above, as ClickHouse writes it.
  public FloatColumn(String type) {
    super(type, Float.BYTES);
  }

  /// Appends one row.
  public void append(float value) {
    data.putInt(Float.floatToRawIntBits(value));
  }
}
