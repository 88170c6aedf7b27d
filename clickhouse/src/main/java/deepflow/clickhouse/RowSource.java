package deepflow.clickhouse;

/// Where the bytes of an answer in RowBinaryWithNamesAndTypes come from.
sealed interface RowSource extends AutoCloseable permits Statement, RemoteStatement {

  /// Brings the next bytes; blocks until there are some.
  ///
  /// @return false at the end of the answer
  boolean fetch(RowBytes rows) throws ClickHouseException;

  /// Whether the next [#fetch] goes on behind what the last one brought, perhaps within a row, and
  /// keeps what was not read. Else it begins anew: with the header, always the same, and a row.
  boolean goesOn();

  /// Ends the statement if it still runs. Idempotent.
  @Override
  void close();
}
