package deepflow.clickhouse;

/// Where the bytes of an answer in RowBinaryWithNamesAndTypes come from.
sealed interface RowSource extends AutoCloseable permits Statement, RemoteStatement {

  /// Brings the next bytes; blocks until there are some.
  ///
  /// @return false at the end of the answer
  boolean fetch(RowBytes rows) throws ClickHouseException;

  /// Whether what each [#fetch] brings is a header, always the same, and whole rows. Else there is
  /// one header in front of all, and a row may begin in one fetch and end in another.
  boolean bringsWholeRows();

  /// Ends the statement if it still runs. Idempotent.
  @Override
  void close();
}
