package deepflow.clickhouse;

import deepflow.clickhouse.block.Block;

/// A ClickHouse, wherever it runs. Safe for use by many threads; a call blocks its thread until the
/// engine has answered.
///
/// A caller that is interrupted while it waits gets a busy [ClickHouseException] after its
/// statement was killed; the interrupt flag stays set.
public interface ClickHouse extends AutoCloseable {

  /// Runs a statement that gives no rows: DDL, `INSERT … SELECT`, `ALTER`.
  ///
  /// @throws ClickHouseException what the engine said; whether the statement had an effect is then
  ///   unknown unless the kind is refused
  void execute(Query statement) throws ClickHouseException;

  /// Inserts one block. It becomes one part, so it is there as a whole or not at all, when it
  /// touches one partition and stays below `max_insert_block_size` (1,048,449 rows by default).
  ///
  /// A column that the table lacks is refused (code 117); a column that the block lacks is filled
  /// with its default, so compare the block's header with the table at start.
  ///
  /// @param sql `INSERT INTO t (columns) SETTINGS …`, without FORMAT and VALUES
  /// @throws ClickHouseException after which the block is either there or not: insert it again with
  ///   the same `insert_deduplication_token`
  void insert(String sql, Block block) throws ClickHouseException;

  /// Starts a query and gives its rows as they come.
  ///
  /// @return a cursor that holds a connection until it is closed
  Rows query(Query query) throws ClickHouseException;

  /// The engine's version, as `SELECT version()` gives it.
  String version();

  /// Kills what still runs, waits for it and frees everything. Idempotent.
  @Override
  void close();
}
