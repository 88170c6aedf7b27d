package deepflow.clickhouse.block;

import static java.nio.charset.StandardCharsets.UTF_8;

/// String: any bytes.
public final class StringColumn extends Column {
  private final ByteBuilder data = new ByteBuilder();
  private int rows;

  /// A column of type `String`.
  public StringColumn() {
    super("String");
  }

  /// Appends one row.
  public void append(byte[] source, int offset, int length) {
    data.putString(source, offset, length);
    rows++;
  }

  /// Appends one row.
  public void append(byte[] source) {
    append(source, 0, source.length);
  }

  /// Appends one row, as UTF-8.
  public void append(String text) {
    append(text.getBytes(UTF_8));
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public long bytes() {
    return data.size();
  }

  @Override
  public void clear() {
    data.clear();
    rows = 0;
  }

  @Override
  public void appendDefault() {
    data.putByte(0);
    rows++;
  }

  @Override
  <X extends Exception> void writePrefix(NativeSink<X> sink) {}

  @Override
  <X extends Exception> void writeRows(NativeSink<X> sink) throws X {
    data.writeTo(sink);
  }
}
