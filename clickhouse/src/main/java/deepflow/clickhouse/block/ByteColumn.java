package deepflow.clickhouse.block;

/// UInt8, Int8, Bool and Enum8.
public final class ByteColumn extends FixedColumn {

  /// A column of one of the types above, as ClickHouse writes it.
  public ByteColumn(String type) {
    super(type, Byte.BYTES);
  }

  /// Appends one row; the low 8 bits count.
  public void append(int value) {
    data.putByte(value);
  }
}
