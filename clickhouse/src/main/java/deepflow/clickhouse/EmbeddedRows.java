package deepflow.clickhouse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rows in RowBinaryWithNamesAndTypes. Each chunk begins with the same header: a varint count of
/// columns, their names, their types. Values are read when they are asked for.
final class EmbeddedRows implements Rows {
  private final Statement statement;
  private final boolean untrusted;
  private final RowBytes in;
  private final List<ColumnType> columns = new ArrayList<>();
  private final List<ValueType> types = new ArrayList<>();
  private final int headerBytes;

  /// Where each value of the row begins.
  private final int[] starts;

  private boolean onRow;
  private boolean ended;

  /// Reads the header from the first chunk.
  EmbeddedRows(Statement statement, RowBytes first, boolean untrusted) throws ClickHouseException {
    this.statement = statement;
    this.untrusted = untrusted;
    this.in = first;
    readHeader();
    headerBytes = in.position();
    starts = new int[types.size()];
  }

  private void readHeader() throws ClickHouseException {
    if (in.atEnd()) {
      return;
    }
    try {
      int count = in.readVarint();
      List<String> names = readTexts(count);
      List<String> typeNames = readTexts(count);
      for (int i = 0; i < count; i++) {
        columns.add(new ColumnType(names.get(i), typeNames.get(i)));
        types.add(TypeParser.parse(typeNames.get(i)));
      }
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw fault("the answer is not made of rows; leave FORMAT out", e);
    } catch (IllegalArgumentException e) {
      throw fault("column '%s': %s".formatted(columns.getLast().name(), e.getMessage()), e);
    }
  }

  private List<String> readTexts(int count) {
    List<String> texts = new ArrayList<>();
    var text = new ValueType.Text(ValueType.Text.ANY);
    for (int i = 0; i < count; i++) {
      texts.add(text.readString(in));
    }
    return texts;
  }

  private ClickHouseException fault(String message, Exception cause) {
    var kind = untrusted ? ClickHouseException.Kind.REFUSED : ClickHouseException.Kind.BUG;
    return new ClickHouseException(kind, ClickHouseException.NO_CODE, message, cause);
  }

  @Override
  public List<ColumnType> columns() {
    return List.copyOf(columns);
  }

  @Override
  public boolean next() throws ClickHouseException {
    onRow = !ended && hasMore();
    if (onRow) {
      findValues();
    } else {
      close();
    }
    return onRow;
  }

  private boolean hasMore() throws ClickHouseException {
    while (in.atEnd()) {
      if (!statement.fetch(in)) {
        return false;
      }
      in.position(headerBytes);
    }
    return true;
  }

  private void findValues() throws ClickHouseException {
    try {
      for (int i = 0; i < starts.length; i++) {
        starts[i] = in.position();
        types.get(i).skip(in);
      }
    } catch (IndexOutOfBoundsException e) {
      onRow = false;
      throw fault("the answer ends inside a row", e);
    }
  }

  @Override
  public boolean isNull(int column) {
    return read(column, ValueType::isNull);
  }

  @Override
  public long getLong(int column) {
    return read(column, ValueType::readLong);
  }

  @Override
  public double getDouble(int column) {
    return read(column, ValueType::readDouble);
  }

  @Override
  public byte[] getBytes(int column) {
    return read(column, ValueType::readBytes);
  }

  @Override
  public String getString(int column) {
    return read(column, ValueType::readString);
  }

  @Override
  public @Nullable Object get(int column) {
    return read(column, ValueType::read);
  }

  private <T extends @Nullable Object> T read(int column, Reader<T> reader) {
    if (!onRow) {
      throw new IllegalStateException("no row: next() was not called or gave false");
    }
    int rowEnd = in.position();
    in.position(starts[column]);
    try {
      return reader.read(types.get(column), in);
    } finally {
      in.position(rowEnd);
    }
  }

  @Override
  public void close() {
    onRow = false;
    ended = true;
    statement.close();
  }

  @FunctionalInterface
  private interface Reader<T extends @Nullable Object> {
    T read(ValueType type, RowBytes in);
  }
}
