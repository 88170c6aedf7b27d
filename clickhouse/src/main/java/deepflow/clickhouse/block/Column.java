package deepflow.clickhouse.block;

/// One column that is being filled. Not safe for use by several threads.
///
/// In Native format a column is a prefix (empty but for LowCardinality, and once for the whole
/// column) and then its rows.
public abstract sealed class Column
    permits FixedColumn,
        StringColumn,
        LowCardinalityColumn,
        NullableColumn,
        ArrayColumn,
        MapColumn {

  private final String type;

  Column(String type) {
    this.type = type;
  }

  /// As ClickHouse writes it, e.g. `LowCardinality(String)`.
  public final String type() {
    return type;
  }

  /// Rows so far.
  public abstract int rows();

  /// Bytes that the rows take in Native format.
  public abstract long bytes();

  /// Forgets the rows and keeps the memory.
  public abstract void clear();

  /// Appends one row with the type's default: 0, empty or NULL.
  public abstract void appendDefault();

  abstract <X extends Exception> void writePrefix(NativeSink<X> sink) throws X;

  abstract <X extends Exception> void writeRows(NativeSink<X> sink) throws X;
}
