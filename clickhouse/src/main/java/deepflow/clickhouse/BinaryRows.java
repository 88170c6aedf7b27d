package deepflow.clickhouse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rows in RowBinaryWithNamesAndTypes. Values are read when they are asked for.
final class BinaryRows implements Rows {
  private final RowSource source;
  private final boolean untrusted;
  private final RowBytes in = new RowBytes();
  private final RowHeader header;
  private final int headerBytes;

  /// Where each value of the row begins.
  private final int[] starts;

  private boolean onRow;
  private boolean ended;

  /// Reads the header.
  BinaryRows(RowSource source, boolean untrusted) throws ClickHouseException {
    this.source = source;
    this.untrusted = untrusted;
    header = source.fetch(in) ? readHeader() : RowHeader.NONE;
    headerBytes = in.position();
    starts = new int[header.types().size()];
  }

  private RowHeader readHeader() throws ClickHouseException {
    while (true) {
      try {
        return RowHeader.read(in);
      } catch (IndexOutOfBoundsException | ArithmeticException e) {
        fetchBehind(0, "the answer is not made of rows; leave FORMAT out", e);
      } catch (IllegalArgumentException e) {
        throw fault(String.valueOf(e.getMessage()), e);
      }
    }
  }

  /// Brings more bytes behind those from `start` on, which then stand at the beginning.
  private void fetchBehind(int start, String fault, RuntimeException cause)
      throws ClickHouseException {
    in.position(start);
    if (!source.goesOn() || !source.fetch(in)) {
      onRow = false;
      throw fault(fault, cause);
    }
  }

  private ClickHouseException fault(String message, Exception cause) {
    var kind = untrusted ? ClickHouseException.Kind.REFUSED : ClickHouseException.Kind.BUG;
    return new ClickHouseException(kind, ClickHouseException.NO_CODE, message, cause);
  }

  @Override
  public List<ColumnType> columns() {
    return header.columns();
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
      boolean anew = !source.goesOn();
      if (!source.fetch(in)) {
        return false;
      }
      if (anew) {
        in.position(headerBytes);
      }
    }
    return true;
  }

  private void findValues() throws ClickHouseException {
    int start = in.position();
    while (true) {
      try {
        for (int i = 0; i < starts.length; i++) {
          starts[i] = in.position();
          header.types().get(i).skip(in);
        }
        return;
      } catch (IndexOutOfBoundsException e) {
        fetchBehind(start, "the answer ends inside a row", e);
        start = 0;
      }
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
      return reader.read(header.types().get(column), in);
    } finally {
      in.position(rowEnd);
    }
  }

  @Override
  public void close() {
    onRow = false;
    ended = true;
    source.close();
  }

  @FunctionalInterface
  private interface Reader<T extends @Nullable Object> {
    T read(ValueType type, RowBytes in);
  }
}
