package deepflow.clickhouse.block;

/// Values of one width, laid one after the other.
public abstract sealed class FixedColumn extends Column
    permits ByteColumn,
        ShortColumn,
        IntColumn,
        LongColumn,
        FloatColumn,
        DoubleColumn,
        FixedBytesColumn {

  final ByteBuilder data = new ByteBuilder();
  private final int width;

  FixedColumn(String type, int width) {
    super(type);
    this.width = width;
  }

  @Override
  public final int rows() {
    return data.size() / width;
  }

  @Override
  public final long bytes() {
    return data.size();
  }

  @Override
  public final void clear() {
    data.clear();
  }

  @Override
  public final void appendDefault() {
    data.putZeros(width);
  }

  @Override
  final <X extends Exception> void writePrefix(NativeSink<X> sink) {}

  @Override
  final <X extends Exception> void writeRows(NativeSink<X> sink) throws X {
    data.writeTo(sink);
  }
}
