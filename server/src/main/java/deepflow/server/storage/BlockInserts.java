package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.block.Block;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts rows of blocks into tables, each once: who doesn't know whether a table has a block asks
/// it.
final class BlockInserts {
  private static final Logger LOG = LoggerFactory.getLogger(BlockInserts.class);

  private final ClickHouse clickHouse;

  BlockInserts(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /// Writes the rows that say that a block is complete.
  void commit(BlockId id, List<Commit> commits, boolean again) throws ClickHouseException {
    var rows = new CommitBlock();
    commits.forEach(commit -> rows.append(id, commit));
    insertOnce(CommitBlock.TABLE, id, rows.block(), again);
  }

  void insertOnce(String table, BlockId id, Block rows, boolean again) throws ClickHouseException {
    if (again && rows.rows() > 0 && has(table, id)) {
      LOG.info("block {} is in {} already", id.number(), table);
      return;
    }
    insert(table, id, rows);
  }

  void insert(String table, BlockId id, Block rows) throws ClickHouseException {
    if (rows.rows() == 0) {
      return;
    }
    clickHouse.insert(
        "INSERT INTO deepflow.%s SETTINGS async_insert = 0, input_format_skip_unknown_fields = 0,"
                .formatted(table)
            // Means nothing where one server has the table, and all where replicas share it.
            + " insert_deduplication_token = '%s-%s'".formatted(table, id.number()),
        rows);
  }

  /// Whether a table has a block: all of it, since a block is one part.
  boolean has(String table, BlockId id) throws ClickHouseException {
    return Store.number(
            clickHouse,
            Query.of(
                    "SELECT count() FROM deepflow.%s".formatted(table)
                        + " WHERE block_time = toDateTime({time:UInt32}, 'UTC')"
                        + " AND block_id = {id:UInt64}")
                .with("time", Integer.toUnsignedString(id.timeSeconds()))
                .with("id", Long.toUnsignedString(id.number())))
        > 0;
  }
}
