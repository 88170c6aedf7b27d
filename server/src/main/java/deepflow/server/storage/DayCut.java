package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ColumnType;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes out of a day the traces that no rule keeps any longer: what stays is copied into a table
/// beside, what goes is counted in table `expired`, then the copy takes the day's place in one
/// step. So it costs what stays, and a row costs nothing before.
///
/// The day is read twice, however large it is: once to find the traces that stay, with the seconds
/// in which they have spans, some blocks at a time, and once second by second, as spans are sorted,
/// to copy these. So no statement takes longer, or more memory and disk, when a day is larger.
///
/// A process that dies before it has counted begins anew; one that dies after that finds the copy
/// complete and lets it take the day's place. A cut that finds no room on the disk is put off: else
/// days would be dropped for it that nobody wanted to go.
final class DayCut {
  private static final Logger LOG = LoggerFactory.getLogger(DayCut.class);

  /// How much one statement works on.
  ///
  /// @param rows of the day in which it looks for traces, unless a single block has more
  /// @param traces whose ids it may hold in memory
  record AtOnce(long rows, long traces) {
    static final AtOnce NORMAL = new AtOnce(5_000_000, 5_000_000);
  }

  /// Of a trace and second on the disk, until all are found: a trace's id doesn't compress, and
  /// parts are merged.
  private static final long FOUND_ROW_BYTES = 40;

  /// By which traces that were found are told apart.
  private static final int BUCKETS = 1 << 16;

  /// TIMEOUT_EXCEEDED and TOO_SLOW, ClickHouse's src/Common/ErrorCodes.cpp.
  private static final Set<Integer> OF_TIME = Set.of(159, 160);

  /// With more in memory, traces that are being found are put on the disk.
  private static final long FOUND_BYTES = 128 << 20;

  /// What holds rows of traces by the day.
  private record Table(String name, String columns) {
    Table(String name, List<ColumnType> columns) {
      this(name, columns.stream().map(ColumnType::name).collect(Collectors.joining(", ")));
    }

    String kept() {
      return name + "_kept";
    }
  }

  private static final List<Table> TABLES =
      List.of(
          new Table(SpanBlock.TABLE, SpanBlock.columnTypes()),
          new Table(TraceIndexBlock.TABLE, SpanBlock.columnTypes(new TraceIndexBlock().block())),
          new Table(LinkIndexBlock.TABLE, SpanBlock.columnTypes(new LinkIndexBlock().block())));

  private static final String OF_DAY = "toDate(block_time) = {day:Date}";

  /// A row of `trace_index` is found by the hour. It and one of `link_index` are of the second of
  /// their spans.
  private static final String COPY =
      "INSERT INTO deepflow.%1$s_kept (%2$s) SELECT %2$s FROM deepflow.%1$s WHERE "
          + OF_DAY
          + " AND %3$s BETWEEN {first:Int64} AND {last:Int64}"
          + " AND intDiv(toUnixTimestamp64Nano(start_time), 3600000000000)"
          + " BETWEEN intDiv({first:Int64}, 3600) AND intDiv({last:Int64}, 3600)"
          + " AND trace_id IN (SELECT trace_id FROM deepflow.traces_kept"
          + " WHERE step BETWEEN {first:Int64} AND {last:Int64})";

  private final ClickHouse clickHouse;
  private final ExpiryCuts cuts;
  private final UncommittedBlocks uncommitted;
  private final StoreConfig config;
  private final AtOnce atOnce;

  private final DiskSpace disk;

  /// Bytes that were too many for the disk.
  private final Map<Cut, Long> needs = new HashMap<>();

  /// What was looked at and needs no second look.
  private final Set<Cut> done = new HashSet<>();

  private record Cut(LocalDate day, RetentionRules rules, List<Duration> over) {}

  DayCut(
      ClickHouse clickHouse,
      ExpiryCuts cuts,
      UncommittedBlocks uncommitted,
      StoreConfig config,
      AtOnce atOnce) {
    this.clickHouse = clickHouse;
    this.cuts = cuts;
    this.uncommitted = uncommitted;
    this.config = config;
    this.atOnce = atOnce;
    this.disk = new DiskSpace(clickHouse);
  }

  /// Cuts a day that is over, when all of its blocks are committed and its copy fits the disk.
  ///
  /// @param isOver whether a lifetime is over for all of the day
  void cut(LocalDate day, RetentionRules rules, Predicate<Duration> isOver)
      throws ClickHouseException {
    Cut cut = new Cut(day, rules, rules.over(isOver));
    if (!cut.over.isEmpty() && !done.contains(cut) && fits(needs.getOrDefault(cut, 0L))) {
      // Of another day, whose copy this one would overwrite.
      finish();
      if (uncommitted.closeComplete(day)) {
        cut(cut, rules.kept(isOver));
        uncommitted.open(day);
      }
    }
  }

  private void cut(Cut cut, RetentionRules.Bound kept) throws ClickHouseException {
    switch (prepare(cut, kept)) {
      case NO_ROOM -> dropCopies();
      case ALL_STAYS -> {
        dropCopies();
        done.add(cut);
      }
      case COPIED -> {
        long id = cuts.next();
        clickHouse.execute(ExpiredSpans.allBut("spans_kept", cut.day, "rule", id));
        finish(cut.day, id);
        needs.remove(cut);
        done.add(cut);
      }
    }
  }

  private enum Prepared {
    ALL_STAYS,
    NO_ROOM,
    COPIED
  }

  /// What fails here may have filled the disk.
  private Prepared prepare(Cut cut, RetentionRules.Bound kept) throws ClickHouseException {
    try {
      if (!find(cut, kept)) {
        return Prepared.NO_ROOM;
      }
      long all = Store.number(clickHouse, ofDay("SELECT count() FROM deepflow.spans", cut.day));
      long stay = Store.number(clickHouse, Query.of("SELECT sum(spans) FROM deepflow.traces_kept"));
      if (stay == all) {
        return Prepared.ALL_STAYS;
      }
      boolean copied = copy(cut, bytesOfCopy(cut.day, (double) stay / all));
      return copied ? Prepared.COPIED : Prepared.NO_ROOM;
    } catch (ClickHouseException e) {
      dropCopiesAfter(e);
      throw e;
    }
  }

  /// An upper bound: spans that stay may be larger than others, and parts of the copy are merged.
  private long bytesOfCopy(LocalDate day, double share) throws ClickHouseException {
    Query query =
        Query.of(
                "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'deepflow' AND active"
                    + " AND table IN {tables:Array(String)} AND partition = {day:String}")
            .with("tables", TABLES.stream().map(Table::name).toList())
            .with("day", day.toString());
    return (long) (2 * share * Store.number(clickHouse, query));
  }

  private boolean fits(long bytes) throws ClickHouseException {
    return disk.free() - bytes >= config.freeBytesMin();
  }

  private static Query ofDay(String sql, LocalDate day) {
    return Query.of(sql + " WHERE " + OF_DAY).with("day", day.toString());
  }

  private static Query gently(Query query, LocalDate day) {
    return gently(query).with("day", day.toString());
  }

  private static Query gently(Query query) {
    return query.setting("max_threads", 1).setting("async_insert", 0);
  }

  /// Fills a table with a row for each trace that stays and second in which it has spans, and their
  /// number there; several rows where these came in several blocks.
  ///
  /// @return false when there is no room
  private boolean find(Cut cut, RetentionRules.Bound kept) throws ClickHouseException {
    make(
        "traces_found",
        "bucket UInt16, step Int64, trace_id FixedString(16), spans UInt64, stays UInt8",
        "bucket");
    make("traces_kept", "step Int64, trace_id FixedString(16), spans UInt64", "step, trace_id");
    boolean found =
        inRoom(cut, bytesToFind(cut.day), blocks(cut.day), blocks -> look(cut.day, blocks, kept))
            && inRoom(cut, bytesToKeep(), buckets(), this::keep);
    drop("traces_found");
    return found;
  }

  private void make(String table, String columns, String order) throws ClickHouseException {
    drop(table);
    clickHouse.execute(
        Query.of(
            "CREATE TABLE deepflow.%s %s (%s) ENGINE = %s ORDER BY (%s)"
                .formatted(table, config.onCluster(), columns, config.engine(), order)));
  }

  /// What was looked at is about what `trace_index` has: a row for each block, trace and second.
  private long bytesToFind(LocalDate day) throws ClickHouseException {
    Query rows =
        Query.of(
                "SELECT sum(rows) FROM system.parts WHERE database = 'deepflow' AND active"
                    + " AND table = {table:String} AND partition = {day:String}")
            .with("table", TraceIndexBlock.TABLE)
            .with("day", day.toString());
    return FOUND_ROW_BYTES * Store.number(clickHouse, rows);
  }

  /// All block numbers, those of a range having about as many rows as one statement may look at.
  private List<TimeRanges.Range> blocks(LocalDate day) throws ClickHouseException {
    var ranges = new TimeRanges(atOnce.rows);
    String sql =
        "SELECT block_id, sum(spans) FROM deepflow.blocks WHERE %s GROUP BY block_id ORDER BY block_id"
            .formatted(OF_DAY);
    try (Rows rows = clickHouse.query(Query.of(sql).with("day", day.toString()))) {
      while (rows.next()) {
        ranges.add(rows.getLong(0), rows.getLong(1));
      }
    }
    ranges.add(Long.MAX_VALUE, 0);
    List<TimeRanges.Range> all = new ArrayList<>();
    long next = 0;
    for (TimeRanges.Range range : ranges.ranges()) {
      all.add(new TimeRanges.Range(next, range.last(), range.most()));
      next = range.last() + 1;
    }
    return all;
  }

  private void look(LocalDate day, TimeRanges.Range blocks, RetentionRules.Bound kept)
      throws ClickHouseException {
    String sql =
        """
        INSERT INTO deepflow.traces_found
        SELECT cityHash64(trace_id) %% %s AS bucket, %s AS step, trace_id, count() AS spans,
          max(%s) AS stays
        FROM deepflow.spans WHERE %s AND block_id BETWEEN {first:UInt64} AND {last:UInt64}
        GROUP BY trace_id, step
        """
            .formatted(BUCKETS, SpanOrder.step("start_time"), kept.sql(), OF_DAY);
    clickHouse.execute(
        kept.to(
            gently(Query.of(sql), day)
                .with("first", blocks.first())
                .with("last", blocks.last())
                .setting("max_bytes_before_external_group_by", FOUND_BYTES)
                .setting("max_bytes_ratio_before_external_group_by", 0)));
  }

  /// Each about as many traces as one statement may hold.
  private List<TimeRanges.Range> buckets() throws ClickHouseException {
    long rows = Store.number(clickHouse, Query.of("SELECT count() FROM deepflow.traces_found"));
    long ranges = Math.min(BUCKETS, rows / atOnce.traces + 1);
    List<TimeRanges.Range> all = new ArrayList<>();
    for (long i = 0; i < ranges; i++) {
      all.add(new TimeRanges.Range(BUCKETS * i / ranges, BUCKETS * (i + 1) / ranges - 1, 0));
    }
    return all;
  }

  private long bytesToKeep() throws ClickHouseException {
    return FOUND_ROW_BYTES
        * Store.number(clickHouse, Query.of("SELECT sum(stays) FROM deepflow.traces_found"));
  }

  private void keep(TimeRanges.Range buckets) throws ClickHouseException {
    String of = "bucket BETWEEN {first:UInt32} AND {last:UInt32}";
    String sql =
        """
        INSERT INTO deepflow.traces_kept SELECT step, trace_id, spans FROM deepflow.traces_found
        WHERE %1$s AND trace_id IN (SELECT trace_id FROM deepflow.traces_found WHERE %1$s AND stays)
        """
            .formatted(of);
    clickHouse.execute(
        gently(Query.of(sql)).with("first", buckets.first()).with("last", buckets.last()));
  }

  private interface Work {
    void run(TimeRanges.Range part) throws ClickHouseException;
  }

  /// Works part by part, as long as there is room for the rest.
  ///
  /// @param estimate bytes that all takes at most, as far as is known
  /// @return false when there is no room
  private boolean inRoom(Cut cut, long estimate, List<TimeRanges.Range> parts, Work work)
      throws ClickHouseException {
    long before = needs.getOrDefault(cut, 0L);
    long bytes = Math.max(estimate, before);
    for (int i = 0; i < parts.size(); i++) {
      needs.put(cut, bytes);
      if (!fits(bytes * (parts.size() - i) / parts.size())) {
        sayPutOff(cut);
        return false;
      }
      // It takes more than was thought, unless it comes to its end.
      needs.put(cut, 2 * bytes);
      run(work, parts.get(i), cut, before);
    }
    needs.put(cut, before);
    return true;
  }

  private void run(Work work, TimeRanges.Range part, Cut cut, long before)
      throws ClickHouseException {
    try {
      work.run(part);
    } catch (ClickHouseException e) {
      if (!mayBeOfSpace(e)) {
        needs.put(cut, before);
      }
      throw e;
    }
  }

  private static boolean mayBeOfSpace(ClickHouseException failure) {
    return failure.kind() == ClickHouseException.Kind.BUSY
        && !failure.isOutOfMemory()
        && !OF_TIME.contains(failure.code());
  }

  /// @param estimate bytes that it takes at most, as far as is known
  /// @return false when there is no room
  private boolean copy(Cut cut, long estimate) throws ClickHouseException {
    makeTables();
    return inRoom(cut, estimate, seconds(), seconds -> copy(seconds, cut.day));
  }

  private void copy(TimeRanges.Range seconds, LocalDate day) throws ClickHouseException {
    for (Table table : TABLES) {
      copy(table, seconds, day);
    }
  }

  private void sayPutOff(Cut cut) throws ClickHouseException {
    LOG.warn(
        "the disk is too full to cut {} to the traces that are kept longer, which needs {} MiB beside the {} MiB that stay free, and {} MiB are free: the day stays whole until there is room; free some space, or have spans kept for less time (retention set)",
        cut.day,
        needs.getOrDefault(cut, 0L) >> 20,
        config.freeBytesMin() >> 20,
        disk.free() >> 20);
  }

  private void makeTables() throws ClickHouseException {
    for (Table table : TABLES) {
      drop(table.kept());
      clickHouse.execute(
          Query.of(
              "CREATE TABLE deepflow.%s %s AS deepflow.%s"
                  .formatted(table.kept(), config.onCluster(), table.name)));
    }
  }

  private List<TimeRanges.Range> seconds() throws ClickHouseException {
    var seconds = new TimeRanges(atOnce.traces);
    Query query =
        Query.of("SELECT step, count() FROM deepflow.traces_kept GROUP BY step ORDER BY step");
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        seconds.add(rows.getLong(0), rows.getLong(1));
      }
    }
    return seconds.ranges();
  }

  private void copy(Table table, TimeRanges.Range seconds, LocalDate day)
      throws ClickHouseException {
    String sql = COPY.formatted(table.name, table.columns, SpanOrder.step("start_time"));
    clickHouse.execute(
        gently(Query.of(sql), day).with("first", seconds.first()).with("last", seconds.last()));
  }

  private void dropCopies() throws ClickHouseException {
    for (Table table : TABLES) {
      drop(table.kept());
    }
    drop("traces_found");
    drop("traces_kept");
  }

  private void dropCopiesAfter(ClickHouseException failure) {
    try {
      dropCopies();
    } catch (ClickHouseException e) {
      failure.addSuppressed(e);
    }
  }

  private void drop(String table) throws ClickHouseException {
    clickHouse.execute(
        Query.of("DROP TABLE IF EXISTS deepflow.%s %s SYNC".formatted(table, config.onCluster())));
  }

  /// Completes cuts that a crash left behind, and drops copies of others.
  void finish() throws ClickHouseException {
    for (ExpiryCuts.Pending pending : cuts.pendingByRule()) {
      finish(pending.day(), pending.cut());
    }
    dropCopies();
  }

  private void finish(LocalDate day, long id) throws ClickHouseException {
    for (Table table : TABLES) {
      String kept = "deepflow." + table.kept();
      boolean empty =
          Store.number(clickHouse, ofDay("SELECT count() FROM %s".formatted(kept), day)) == 0;
      String step =
          empty
              ? "DROP PARTITION '%s'".formatted(day)
              : "REPLACE PARTITION '%s' FROM %s".formatted(day, kept);
      clickHouse.execute(
          Query.of(
              "ALTER TABLE deepflow.%s %s %s".formatted(table.name, config.onCluster(), step)));
    }
    cuts.complete(day, id);
    dropCopies();
    LOG.info("cut {} to the traces that are kept longer", day);
  }
}
