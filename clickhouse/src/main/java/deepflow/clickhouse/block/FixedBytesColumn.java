package deepflow.clickhouse.block;

/// FixedString(n), IPv6 (16 bytes, as on the wire), and the wide integers (little endian).
public final class FixedBytesColumn extends FixedColumn {
  private final int width;

  /// A column of values of `width` bytes.
  public FixedBytesColumn(String type, int width) {
    super(type, width);
    this.width = width;
  }

  /// `FixedString(width)`.
  public static FixedBytesColumn fixedString(int width) {
    return new FixedBytesColumn("FixedString(" + width + ")", width);
  }

  /// Appends one row; the length must be the column's width.
  public void append(byte[] source, int offset, int length) {
    if (length != width) {
      throw new IllegalArgumentException("%s bytes for %s".formatted(length, type()));
    }
    data.putBytes(source, offset, length);
  }

  /// Appends one row; the length must be the column's width.
  public void append(byte[] source) {
    append(source, 0, source.length);
  }

  /// Appends one row of 16 bytes, given as two big endian halves.
  public void append(long first, long second) {
    if (width != 2 * Long.BYTES) {
      throw new IllegalArgumentException("16 bytes for %s".formatted(type()));
    }
    data.putLong(Long.reverseBytes(first));
    data.putLong(Long.reverseBytes(second));
  }
}
