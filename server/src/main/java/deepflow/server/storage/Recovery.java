package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.wire.frame.Identity;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Completes blocks that a crash cut short: those that `spans` has and `blocks` lacks.
///
/// Spans that a block refused are not known any more, and neither are batches without a single row
/// behind the last one that has some: their agent sends those again. Refusals of theirs in the
/// block don't count then; spans that only repeated others of the block are stored the second time.
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /// Blocks that were named so long before the newest complete one are complete as well:
  /// [Store#isTooFarAhead].
  static final long LOOK_BACK_SECONDS = 3_600;

  private static final int STATUS_ERROR = 2;

  private final ClickHouse clickHouse;
  private final Store store;
  private final UncommittedBlocks uncommitted;
  private final BlockInserts inserts;

  Recovery(
      ClickHouse clickHouse, Store store, UncommittedBlocks uncommitted, BlockInserts inserts) {
    this.clickHouse = clickHouse;
    this.store = store;
    this.uncommitted = uncommitted;
    this.inserts = inserts;
  }

  /// Completes them; on a full disk the oldest days go for that.
  ///
  /// @throws ClickHouseException also when there is no room and no day that may go
  void run() throws ClickHouseException {
    while (true) {
      try {
        complete();
        return;
      } catch (ClickHouseException e) {
        if (e.kind() != ClickHouseException.Kind.BUSY || !store.expiry().makeRoom()) {
          throw e;
        }
        LOG.warn("made room to complete blocks after a crash: {}", e.getMessage());
      }
    }
  }

  private void complete() throws ClickHouseException {
    Map<BlockId, List<Commit>> incomplete = incomplete();
    incomplete.forEach(uncommitted::add);
    for (Map.Entry<BlockId, List<Commit>> block : incomplete.entrySet()) {
      complete(block.getKey(), block.getValue());
    }
    uncommitted.clear();
  }

  private void complete(BlockId id, List<Commit> commits) throws ClickHouseException {
    LOG.info("completing block {} after a crash", id.number());
    if (!inserts.has(TraceIndexBlock.TABLE, id)) {
      inserts.insert(TraceIndexBlock.TABLE, id, traceIndex(id).block());
    }
    if (!inserts.has(LinkIndexBlock.TABLE, id)) {
      inserts.insert(LinkIndexBlock.TABLE, id, linkIndex(id).block());
    }
    if (!inserts.has(RedBlock.TABLE, id)) {
      inserts.insert(RedBlock.TABLE, id, red(id).block());
    }
    inserts.commit(id, commits, true);
  }

  private Map<BlockId, List<Commit>> incomplete() throws ClickHouseException {
    Map<Identity, Position> positions = store.positions();
    long newest =
        Store.number(
            clickHouse, Query.of("SELECT toUnixTimestamp(max(block_time)) FROM deepflow.blocks"));
    var query =
        Query.of(
                "SELECT block_id, agent, min(batch), max(batch), uniqExact(batch), count()"
                    + " FROM deepflow.spans WHERE block_time >= toDateTime({since:UInt32}, 'UTC')"
                    + " AND block_id NOT IN (SELECT block_id FROM deepflow.blocks"
                    + " WHERE block_time >= toDateTime({since:UInt32}, 'UTC'))"
                    + " GROUP BY block_id, agent ORDER BY block_id, agent")
            .with("since", Math.max(0, newest - LOOK_BACK_SECONDS));
    var blocks = new LinkedHashMap<BlockId, List<Commit>>();
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        Identity agent = Identity.read(ByteBuffer.wrap(rows.getBytes(1)));
        blocks
            .computeIfAbsent(new BlockId(rows.getLong(0)), _ -> new ArrayList<>())
            .add(
                new Commit(
                    agent,
                    positions.getOrDefault(agent, Position.START).epoch(),
                    rows.getLong(2),
                    rows.getLong(3),
                    rows.getLong(4),
                    rows.getLong(5),
                    /* refusedSpans= */ 0));
      }
    }
    return blocks;
  }

  private TraceIndexBlock traceIndex(BlockId id) throws ClickHouseException {
    var index = new TraceIndexBlock();
    var services = new HashMap<String, Integer>();
    String columns = "trace_id, parent_span_id, start_time, duration, status_code, service, name";
    try (Rows rows = clickHouse.query(spans(id, columns))) {
      while (rows.next()) {
        int service = services.computeIfAbsent(rows.getString(5), _ -> services.size());
        add(index, id, rows, service);
      }
    }
    index.finish(id);
    return index;
  }

  private LinkIndexBlock linkIndex(BlockId id) throws ClickHouseException {
    var index = new LinkIndexBlock();
    var services = new HashMap<String, Integer>();
    String columns = "trace_id, span_id, start_time, service, name, links";
    try (Rows rows = clickHouse.query(spans(id, columns))) {
      while (rows.next()) {
        add(index, id, rows, services.computeIfAbsent(rows.getString(3), _ -> services.size()));
      }
    }
    return index;
  }

  private static void add(LinkIndexBlock index, BlockId id, Rows row, int service) {
    byte[] traceId = row.getBytes(0);
    byte[] spanId = row.getBytes(1);
    byte[] name = row.getBytes(4);
    byte[] links = row.getBytes(5);
    int nameAt = traceId.length + spanId.length;
    byte[] all =
        ByteBuffer.allocate(nameAt + name.length).put(traceId).put(spanId).put(name).array();
    index.add(
        id,
        all,
        /* traceIdAt= */ 0,
        /* spanIdAt= */ traceId.length,
        row.getLong(2),
        service,
        row.getBytes(3),
        nameAt,
        name.length,
        links,
        links.length);
  }

  private RedBlock red(BlockId id) throws ClickHouseException {
    var red = new RedBlock(store.metricsKeys());
    var row = new RedRow();
    try (Rows rows = clickHouse.query(spans(id, RedRow.COLUMNS))) {
      while (rows.next()) {
        red.add(id, row.read(rows));
      }
    }
    red.finish(id);
    return red;
  }

  /// The spans of a block in the table's order.
  private static Query spans(BlockId id, String columns) {
    return Query.of(
            "SELECT %s FROM deepflow.spans".formatted(columns)
                + " WHERE block_time = toDateTime({time:UInt32}, 'UTC')"
                + " AND block_id = {id:UInt64}"
                + " ORDER BY "
                + SpanOrder.COLUMNS)
        .with("time", Integer.toUnsignedString(id.timeSeconds()))
        .with("id", Long.toUnsignedString(id.number()));
  }

  private static void add(TraceIndexBlock index, BlockId id, Rows row, int service) {
    byte[] traceId = row.getBytes(0);
    byte[] name = row.getBytes(6);
    byte[] both = ByteBuffer.allocate(traceId.length + name.length).put(traceId).put(name).array();
    long start = row.getLong(2);
    index.add(
        id,
        both,
        /* traceIdAt= */ 0,
        ByteBuffer.wrap(row.getBytes(1)).getLong() == 0,
        start,
        start + row.getLong(3),
        row.getLong(4) == STATUS_ERROR,
        service,
        row.getBytes(5),
        traceId.length,
        name.length);
  }
}
