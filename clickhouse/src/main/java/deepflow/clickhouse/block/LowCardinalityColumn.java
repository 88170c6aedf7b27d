package deepflow.clickhouse.block;

import static java.nio.charset.StandardCharsets.UTF_8;

/// LowCardinality(String): each different value once, and an index a row.
///
/// | bytes | field |
/// |------:|-------|
/// | 8 | prefix: version, 1 |
/// | 8 | 0x600 (own keys, new dictionary) plus width of an index: 0 = 1 byte, 1 = 2, 2 = 4 |
/// | 8 | number of keys |
/// | – | keys, as in [StringColumn] |
/// | 8 | number of rows |
/// | – | indexes |
///
/// All little endian. Without rows only the prefix is there. Source: ClickHouse
/// `src/DataTypes/Serializations/SerializationLowCardinality.cpp` at 26.7.
public final class LowCardinalityColumn extends Column {
  private static final int VERSION = 1;
  private static final int OWN_KEYS = 0x600;
  private static final int HEADER_BYTES = 3 * Long.BYTES;
  private static final int SCRATCH_BYTES = 8192;

  private final Dictionary dictionary = new Dictionary();
  private final ByteBuilder indexes = new ByteBuilder();

  /// A column of type `LowCardinality(String)`.
  public LowCardinalityColumn() {
    super("LowCardinality(String)");
  }

  /// Appends one row.
  public void append(byte[] source, int offset, int length) {
    indexes.putInt(dictionary.indexOf(source, offset, length));
  }

  /// The number of a value in this column's dictionary, for [#appendIndex]; good until [#clear].
  public int indexOf(byte[] source, int offset, int length) {
    return dictionary.indexOf(source, offset, length);
  }

  /// Appends one row with a value that [#indexOf] numbered.
  public void appendIndex(int index) {
    indexes.putInt(index);
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
    return indexes.size() / Integer.BYTES;
  }

  @Override
  public long bytes() {
    return rows() == 0
        ? 0
        : HEADER_BYTES + dictionary.keys().size() + ((long) rows() << indexWidth());
  }

  @Override
  public void clear() {
    dictionary.clear();
    indexes.clear();
  }

  @Override
  public void appendDefault() {
    append(EMPTY, 0, 0);
  }

  private static final byte[] EMPTY = {};

  @Override
  <X extends Exception> void writePrefix(NativeSink<X> sink) throws X {
    writeLong(sink, VERSION);
  }

  @Override
  <X extends Exception> void writeRows(NativeSink<X> sink) throws X {
    if (rows() == 0) {
      return;
    }
    writeLong(sink, OWN_KEYS | indexWidth());
    writeLong(sink, dictionary.size());
    dictionary.keys().writeTo(sink);
    writeLong(sink, rows());
    writeIndexes(sink);
  }

  /// Binary logarithm of the bytes that an index takes.
  private int indexWidth() {
    int keys = dictionary.size();
    return keys <= 1 << 8 ? 0 : keys <= 1 << 16 ? 1 : 2;
  }

  private <X extends Exception> void writeIndexes(NativeSink<X> sink) throws X {
    switch (indexWidth()) {
      case 0 -> writeNarrow(sink, 1);
      case 1 -> writeNarrow(sink, 2);
      default -> indexes.writeTo(sink);
    }
  }

  private <X extends Exception> void writeNarrow(NativeSink<X> sink, int width) throws X {
    byte[] narrow = new byte[SCRATCH_BYTES];
    int rowsAtOnce = SCRATCH_BYTES / width;
    for (int row = 0; row < rows(); row += rowsAtOnce) {
      int count = Math.min(rowsAtOnce, rows() - row);
      for (int i = 0; i < count; i++) {
        int index = indexes.intAt((row + i) * Integer.BYTES);
        if (width == 1) {
          narrow[i] = (byte) index;
        } else {
          ByteBuilder.SHORT.set(narrow, i * 2, (short) index);
        }
      }
      sink.write(narrow, 0, count * width);
    }
  }

  private static <X extends Exception> void writeLong(NativeSink<X> sink, long value) throws X {
    byte[] bytes = new byte[Long.BYTES];
    ByteBuilder.LONG.set(bytes, 0, value);
    sink.write(bytes, 0, Long.BYTES);
  }
}
