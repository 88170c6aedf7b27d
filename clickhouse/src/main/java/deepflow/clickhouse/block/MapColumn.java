package deepflow.clickhouse.block;

/// Map(K, V): append to [#keys] and [#values] alike, then call [#endRow]. Order and repeated keys
/// are kept.
///
/// @param <K> the column of the keys
/// @param <V> the column of the values
public final class MapColumn<K extends Column, V extends Column> extends Column {
  private final Offsets offsets = new Offsets();
  private final K keys;
  private final V values;

  /// A column whose pairs are in `keys` and `values`, which must be empty.
  public MapColumn(K keys, V values) {
    super("Map(" + keys.type() + ", " + values.type() + ")");
    this.keys = keys;
    this.values = values;
  }

  /// Where the keys of all rows go, one row after the other.
  public K keys() {
    return keys;
  }

  /// Where the values of all rows go, one row after the other.
  public V values() {
    return values;
  }

  /// Makes one row of all pairs since the last call.
  public void endRow() {
    offsets.end(keys.rows());
  }

  /// Appends an empty map.
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
    return offsets.bytes() + keys.bytes() + values.bytes();
  }

  @Override
  public void clear() {
    offsets.clear();
    keys.clear();
    values.clear();
  }

  @Override
  <X extends Exception> void writePrefix(NativeSink<X> sink) throws X {
    keys.writePrefix(sink);
    values.writePrefix(sink);
  }

  @Override
  <X extends Exception> void writeRows(NativeSink<X> sink) throws X {
    offsets.writeTo(sink, keys, values);
    keys.writeRows(sink);
    values.writeRows(sink);
  }
}
