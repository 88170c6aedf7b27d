package deepflow.clickhouse.block;

/// UInt16, Int16, Date (days since 1970-01-01) and Enum16.
public final class ShortColumn extends FixedColumn {

  /// A column of one of the types above, as ClickHouse writes it.
  public ShortColumn(String type) {
    super(type, Short.BYTES);
  }

  /// Appends one row; the low 16 bits count.
  public void append(int value) {
    data.putShort(value);
  }
}
