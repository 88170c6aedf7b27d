package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ColumnType;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.clickhouse.block.Block;
import deepflow.wire.frame.Identity;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/// The tables of spans, and how blocks get into them exactly once.
///
/// A block goes in in this order: resources, scopes, labels and `value_index`, `refusals`, `spans`,
/// `trace_index`, `link_index`, `red_1s`, `blocks`. What has a row in `blocks` is committed and
/// complete. Each of the last five is one part and so atomic. After a crash, or when an insert's
/// result is unknown, each table is asked whether it has the block; what lacks is filled in.
/// Nothing rests on the engine's own deduplication, which on a single server remembers a token
/// without its data when it is killed between the two.
///
/// While a day is dropped or cut no block comes into it: [UncommittedBlocks].
///
/// Safe for use by many threads, each with blocks of its own.
public final class Store {
  private static final long NANOS_OF_SECOND = 1_000_000_000L;
  private static final long AHEAD_NANOS_MAX = Recovery.LOOK_BACK_SECONDS / 2 * NANOS_OF_SECOND;

  /// Which tables have rows of blocks and rollups, and where they have their number.
  private static final Map<String, String> NUMBERS =
      Map.of(
          RefusalBlock.TABLE,
          "block_id",
          SpanBlock.TABLE,
          "block_id",
          RedBlock.TABLE,
          "block_id",
          CommitBlock.TABLE,
          "block_id",
          LinkBlock.TABLE,
          "rollup",
          "red_1m",
          "rollup",
          "service_calls",
          "rollup",
          RollupBlock.TABLE,
          "rollup");

  private final ClickHouse clickHouse;
  private final Identity identity;
  private final int metricsKeys;
  private final UncommittedBlocks uncommitted;
  private final BlockInserts inserts;
  private final Expiry expiry;
  private final BlockNumbers numbers;

  private Store(
      ClickHouse clickHouse,
      Identity identity,
      int metricsKeys,
      UncommittedBlocks uncommitted,
      BlockInserts inserts,
      Expiry expiry,
      BlockNumbers numbers) {
    this.clickHouse = clickHouse;
    this.identity = identity;
    this.metricsKeys = metricsKeys;
    this.uncommitted = uncommitted;
    this.inserts = inserts;
    this.expiry = expiry;
    this.numbers = numbers;
  }

  /// Makes or migrates the tables, checks them, and completes the blocks that a crash left behind.
  ///
  /// @param clock is believed, whatever it says
  /// @param random a good source, for the identity of a new store
  /// @throws StoreException when the tables are not those of this version
  public static Store open(
      ClickHouse clickHouse, StoreConfig config, InstantSource clock, RandomGenerator random)
      throws ClickHouseException, StoreException {
    return open(clickHouse, config, WallClock.believed(clock), random);
  }

  /// The same with a clock that has to show first that it can be believed.
  public static Store open(
      ClickHouse clickHouse, StoreConfig config, WallClock clock, RandomGenerator random)
      throws ClickHouseException, StoreException {
    new Migrations(clickHouse, config).run();
    Lifetimes kept = new RetentionSetting(clickHouse, config.retention()).current().lifetimes();
    new Retention(clickHouse, config).apply(kept);
    new BlockCounts(clickHouse, config).mend();
    checkHeader(clickHouse, SpanBlock.TABLE, new SpanBlock().block());
    checkOrder(clickHouse);
    checkHeader(clickHouse, ResourceBlock.TABLE, new ResourceBlock().block());
    checkHeader(clickHouse, ScopeBlock.TABLE, new ScopeBlock().block());
    checkHeader(clickHouse, LabelBlock.TABLE, new LabelBlock().block());
    checkHeader(clickHouse, TraceIndexBlock.TABLE, new TraceIndexBlock().block());
    checkHeader(clickHouse, LinkIndexBlock.TABLE, new LinkIndexBlock().block());
    checkHeader(clickHouse, ValueIndexBlock.TABLE, new ValueIndexBlock().block());
    checkHeader(clickHouse, RedBlock.TABLE, new RedBlock(RedKeys.ROWS_MAX).block());
    checkHeader(clickHouse, RollupBlock.TABLE, new RollupBlock().block());
    checkHeader(clickHouse, LinkBlock.TABLE, new LinkBlock().block());
    checkHeader(clickHouse, CommitBlock.TABLE, new CommitBlock().block());
    checkHeader(clickHouse, RefusalBlock.TABLE, new RefusalBlock().block());
    checkHeader(clickHouse, ReportBlock.TABLE, new ReportBlock().block());
    var uncommitted = new UncommittedBlocks();
    var inserts = new BlockInserts(clickHouse);
    var numbers = new BlockNumbers(clock, lastBlock(clickHouse));
    var store =
        new Store(
            clickHouse,
            identity(clickHouse, random),
            config.metricsKeys(),
            uncommitted,
            inserts,
            new Expiry(clickHouse, config, kept, clock, numbers, uncommitted, inserts),
            numbers);
    store.expiry.closePending();
    new Recovery(clickHouse, store, uncommitted, inserts).run();
    return store;
  }

  /// A missing column would be filled with defaults in silence.
  private static void checkHeader(ClickHouse clickHouse, String table, Block block)
      throws ClickHouseException, StoreException {
    var columns = new ArrayList<ColumnType>();
    var query =
        Query.of(
                "SELECT name, type FROM system.columns"
                    + " WHERE database = 'deepflow' AND table = {table:String} AND default_kind = ''"
                    + " ORDER BY position")
            .with("table", table);
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        columns.add(new ColumnType(rows.getString(0), rows.getString(1)));
      }
    }
    List<ColumnType> wanted = SpanBlock.columnTypes(block);
    if (!columns.equals(wanted)) {
      throw new StoreException(
          "table deepflow.%s has columns %s instead of %s".formatted(table, columns, wanted));
    }
  }

  /// Traces are looked up by the steps of the order, so spans in another one would not be found.
  private static void checkOrder(ClickHouse clickHouse) throws ClickHouseException, StoreException {
    Query query =
        Query.of(
            "SELECT primary_key FROM system.tables WHERE database = 'deepflow' AND name = 'spans'");
    try (Rows rows = clickHouse.query(query)) {
      if (rows.next() && !rows.getString(0).equals(SpanOrder.PRIMARY_KEY)) {
        throw new StoreException(
            "the spans of this store are ordered by %s, as no released version did it: start with an empty data directory, and bring them over with GET /v1/export of the version that made it"
                .formatted(rows.getString(0)));
      }
    }
  }

  private static Identity identity(ClickHouse clickHouse, RandomGenerator random)
      throws ClickHouseException {
    var query = Query.of("SELECT identity FROM deepflow.store ORDER BY identity LIMIT 1");
    try (Rows rows = clickHouse.query(query)) {
      if (rows.next()) {
        return Identity.read(ByteBuffer.wrap(rows.getBytes(0)));
      }
    }
    Identity made = Identity.random(random);
    clickHouse.execute(
        Query.of("INSERT INTO deepflow.store SELECT toFixedString(unhex({id:String}), 16)")
            .with("id", made.toString())
            .setting("async_insert", 0));
    return made;
  }

  /// The highest number that was given, also to what a crash cut short: its rows would count with
  /// what came under the same number.
  private static long lastBlock(ClickHouse clickHouse) throws ClickHouseException {
    // A number is about its time, so the newest second has the highest ones.
    String newest =
        NUMBERS.entrySet().stream()
            .map(table ->
                "SELECT max(%2$s) AS number FROM deepflow.%1$s WHERE block_time = (SELECT max(block_time) FROM deepflow.%1$s)"
                    .formatted(table.getKey(), table.getValue()))
            .collect(Collectors.joining(" UNION ALL "));
    // A rollup takes no block before its end.
    String end = "SELECT toUInt64(greatest(max(block_end), 1) - 1) FROM deepflow.rollups";
    return number(
        clickHouse, Query.of("SELECT max(number) FROM (%s UNION ALL %s)".formatted(newest, end)));
  }

  static long number(ClickHouse clickHouse, Query query) throws ClickHouseException {
    try (Rows rows = clickHouse.query(query)) {
      return rows.next() ? rows.getLong(0) : 0;
    }
  }

  /// Names the store for ever.
  public Identity identity() {
    return identity;
  }

  /// A block to be filled again and again, within the limits of this store.
  public StoredBlock emptyBlock() {
    return new StoredBlock(metricsKeys);
  }

  /// Sets of tags that the metrics of a block tell apart.
  int metricsKeys() {
    return metricsKeys;
  }

  /// Drops what is not to be kept any longer.
  public Expiry expiry() {
    return expiry;
  }

  /// The next block's name: higher than all before, also than those of earlier processes.
  public synchronized BlockId nextBlock() {
    BlockId id = nextName();
    uncommitted.add(id, List.of());
    return id;
  }

  /// A name that no block has, for a rollup or a token: no block waits for it.
  BlockId nextName() {
    return numbers.next();
  }

  /// What the next name is not below: the time, or later where the clock is behind the names that
  /// it gave.
  long now() {
    return numbers.now();
  }

  /// All blocks with lower numbers are committed or will never be, and no block will get one.
  synchronized long committedBelow() {
    return uncommitted.first().orElse(numbers.last() + 1);
  }

  /// Nobody waits for that block: it will never be committed.
  public void forget(BlockId id) {
    uncommitted.remove(id);
  }

  /// Whether a block must wait for others that were named long before it: a restart looks for
  /// incomplete blocks only so far back from the newest complete one.
  public boolean isTooFarAhead(BlockId id) {
    return id.number() - uncommitted.first().orElse(id.number()) > AHEAD_NANOS_MAX;
  }

  /// How far the store has each agent's queue.
  public Map<Identity, Position> positions() throws ClickHouseException {
    var positions = new HashMap<Identity, Position>();
    var query =
        Query.of("SELECT agent, max(batch_max), max(epoch) FROM deepflow.blocks GROUP BY agent");
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        positions.put(
            Identity.read(ByteBuffer.wrap(rows.getBytes(0))),
            new Position(rows.getLong(1), rows.getLong(2)));
      }
    }
    return positions;
  }

  /// When something last came from each agent, in whole seconds: a block or a report.
  public Map<Identity, Instant> lastSeen() throws ClickHouseException {
    var lastSeen = new HashMap<Identity, Instant>();
    var query =
        Query.of(
            "SELECT agent, toUnixTimestamp(max(seen)) FROM"
                + " (SELECT agent, block_time AS seen FROM deepflow.blocks"
                + " UNION ALL SELECT agent, toDateTime(reported, 'UTC') FROM deepflow.agent_reports)"
                + " GROUP BY agent");
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        lastSeen.put(
            Identity.read(ByteBuffer.wrap(rows.getBytes(0))),
            Instant.ofEpochSecond(rows.getLong(1)));
      }
    }
    return lastSeen;
  }

  /// Puts a block into the store. When it returns, the block is committed. Waits while the block's
  /// day is being dropped.
  ///
  /// @param again whether it was tried before with unknown result
  /// @throws ClickHouseException after which the block may be there in part: try the same block
  ///   again unless the kind is a bug
  public void commit(StoredBlock block, boolean again)
      throws ClickHouseException, InterruptedException {
    BlockId id = block.id();
    uncommitted.begin(id, block.commits());
    try {
      if (!again || !inserts.has(CommitBlock.TABLE, id)) {
        insert(block, again);
      } else {
        // Its spans may have expired before it was complete; metrics are kept apart from them.
        insertOnce(RedBlock.TABLE, id, block.red().block(), again);
      }
    } finally {
      uncommitted.end(id);
    }
    forget(id);
  }

  /// Whether a block is there, be it in part or complete though its spans are gone: then it must be
  /// completed.
  public boolean has(BlockId id) throws ClickHouseException {
    return inserts.has(SpanBlock.TABLE, id) || inserts.has(CommitBlock.TABLE, id);
  }

  private void insert(StoredBlock block, boolean again) throws ClickHouseException {
    BlockId id = block.id();
    inserts.insert(ResourceBlock.TABLE, id, block.resources().block());
    inserts.insert(ScopeBlock.TABLE, id, block.scopes().block());
    inserts.insert(LabelBlock.TABLE, id, block.labels().block());
    inserts.insert(ValueIndexBlock.TABLE, id, block.valueIndex().block());
    insertOnce(RefusalBlock.TABLE, id, block.refusals().block(), again);
    insertOnce(SpanBlock.TABLE, id, block.spans().block(), again);
    insertOnce(TraceIndexBlock.TABLE, id, block.traceIndex().block(), again);
    insertOnce(LinkIndexBlock.TABLE, id, block.linkIndex().block(), again);
    insertOnce(RedBlock.TABLE, id, block.red().block(), again);
    inserts.commit(id, block.commits(), again);
  }

  /// Adds labels that were open when their spans came.
  public void answer(LabelBlock labels) throws ClickHouseException {
    inserts.insert(LabelBlock.TABLE, nextName(), labels.block());
  }

  /// Keeps what agents say of themselves. One that is kept twice says nothing new.
  public void keep(Collection<AgentReport> reports) throws ClickHouseException {
    var rows = new ReportBlock();
    reports.forEach(rows::append);
    inserts.insert(ReportBlock.TABLE, nextName(), rows.block());
  }

  /// Adds rows that are good by what is written after them.
  void add(String table, Block rows) throws ClickHouseException {
    inserts.insert(table, nextName(), rows);
  }

  void insertOnce(String table, BlockId id, Block rows, boolean again) throws ClickHouseException {
    inserts.insertOnce(table, id, rows, again);
  }
}
