package deepflow.clickhouse.block;

/// Nullable(T). Give a value by `column.present().append(…)`.
///
/// @param <C> the column of the values
public final class NullableColumn<C extends Column> extends Column {
  private final ByteBuilder nulls = new ByteBuilder();
  private final C values;

  /// A column whose values are in `values`, which must be empty.
  public NullableColumn(C values) {
    super("Nullable(" + values.type() + ")");
    this.values = values;
  }

  /// Begins a row that is not NULL; append exactly one value to what is returned.
  public C present() {
    nulls.putByte(0);
    return values;
  }

  /// Appends NULL.
  @Override
  public void appendDefault() {
    nulls.putByte(1);
    values.appendDefault();
  }

  @Override
  public int rows() {
    return nulls.size();
  }

  @Override
  public long bytes() {
    return nulls.size() + values.bytes();
  }

  @Override
  public void clear() {
    nulls.clear();
    values.clear();
  }

  @Override
  <X extends Exception> void writePrefix(NativeSink<X> sink) throws X {
    values.writePrefix(sink);
  }

  @Override
  <X extends Exception> void writeRows(NativeSink<X> sink) throws X {
    Offsets.requireRows(values, nulls.size());
    nulls.writeTo(sink);
    values.writeRows(sink);
  }
}
