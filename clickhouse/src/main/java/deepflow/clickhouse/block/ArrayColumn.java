package deepflow.clickhouse.block;

/// Array(T): append elements to [#elements], then call [#endRow].
///
/// @param <C> the column of the elements
public final class ArrayColumn<C extends Column> extends Column {
  private final Offsets offsets = new Offsets();
  private final C elements;

  /// A column whose elements are in `elements`, which must be empty.
  public ArrayColumn(C elements) {
    super("Array(" + elements.type() + ")");
    this.elements = elements;
  }

  /// Where the elements of all rows go, one row after the other.
  public C elements() {
    return elements;
  }

  /// Makes one row of all elements since the last call.
  public void endRow() {
    offsets.end(elements.rows());
  }

  /// Appends an empty array.
  @Override
  public void appendDefault() {
    endRow();
  }

  @Override
  public int rows() {
    return offsets.rows();
  }

  @Override
  public long bytes() {
    return offsets.bytes() + elements.bytes();
  }

  @Override
  public void clear() {
    offsets.clear();
    elements.clear();
  }

  @Override
  <X extends Exception> void writePrefix(NativeSink<X> sink) throws X {
    elements.writePrefix(sink);
  }

  @Override
  <X extends Exception> void writeRows(NativeSink<X> sink) throws X {
    offsets.writeTo(sink, elements);
    elements.writeRows(sink);
  }
}
