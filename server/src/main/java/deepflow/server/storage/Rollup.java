package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// What the spans of some blocks, one after the other, add to the figures: takes back spans that
/// were there before, adds seconds up to minutes, and pairs calls between services.
///
/// | what | of which rows |
/// |---|---|
/// | duplicates | spans of these blocks that are in blocks before, or in these, already |
/// | minutes | rows of `red_1s` of these blocks |
/// | calls, links | pairs of which the later one is in these blocks |
///
/// So each figure is added once, whenever its spans come. Nothing counts before table `rollups` has
/// the rollup's row: one that fails is made again under another number.
///
/// Where a span's counterpart can be is known from time, since it was stored after it had ended:
/// for spans that came in time it is in these blocks or in those of [#NEAR_SECONDS] before, and
/// `trace_index` tells which traces stand there too; for spans that came late, or took long, it is
/// in a block since they began. A link names a span that ended up to [#LINKED_SECONDS] before.
public final class Rollup {
  /// How long before its block a span may have begun to be in time.
  private static final long IN_TIME_SECONDS = 60;

  private static final long NEAR_SECONDS = 2 * IN_TIME_SECONDS;

  /// How far back is searched for spans whose sender's clock is ahead.
  private static final long AHEAD_SECONDS = 3_600;

  /// How long after a span one that links to it may come.
  static final long LINKED_SECONDS = 3_600;

  private static final long NANOS_OF_SECOND = 1_000_000_000L;

  /// With more of them all traces since then are looked at.
  private static final int LATE_MAX = 20_000;

  /// A minute's spans have more sets of tags than those of a block.
  private static final int MINUTE_KEYS = 8;

  private static final long SLICES_MAX = 255;
  private static final int TWICE_AT_ONCE = 2_000;
  private static final long SPANS_AT_ONCE = 1_500_000;
  private static final long LINKS_AT_ONCE = 100_000;

  private final ClickHouse clickHouse;
  private final Store store;
  private final BlockId id;

  /// The first block's number, and one more than the last one's.
  private final long first;

  private final long end;

  /// From where on blocks before are searched: for any trace, and for those in [#late].
  private long near;

  private long far;
  private List<String> late = List.of();

  /// @param id its own number
  Rollup(ClickHouse clickHouse, Store store, BlockId id, long first, long end) {
    this.clickHouse = clickHouse;
    this.store = store;
    this.id = id;
    this.first = first;
    this.end = end;
    near = Math.max(0, first - NEAR_SECONDS * NANOS_OF_SECOND);
    far = near;
  }

  /// What a rollup came upon.
  ///
  /// @param merged spans that were there before
  /// @param overflow spans that count for `(other)` by the minute, and not by the second
  public record Found(long merged, long overflow) {}

  /// Adds it all.
  Found run() throws ClickHouseException {
    findLate();
    List<String> twice = tracesWithASpanTwice();
    long merged = takeBack(twice);
    long overflow = addMinutes();
    addCalls(twice);
    addLinks(twice);
    var row = new RollupBlock();
    row.append(id, first, end, merged);
    store.insertOnce(RollupBlock.TABLE, id, row.block(), false);
    return new Found(merged, overflow);
  }

  private long addMinutes() throws ClickHouseException {
    long keys = (long) store.metricsKeys() * MINUTE_KEYS;
    clickHouse.execute(bound(RollupSql.MINUTES, List.of()).with("keys", keys));
    return Store.number(clickHouse, bound(RollupSql.OVERFLOW, List.of()));
  }

  private Query bound(String sql, List<String> twice) {
    Query query = Query.of(sql);
    query = number(query, "rollup", id.number());
    query = number(query, "first", first);
    query = number(query, "end", end);
    query = number(query, "near", near);
    query = number(query, "far", far);
    query = number(query, "linked", before(near));
    query = number(query, "far_linked", before(far));
    return query
        .with("late", late)
        .with("twice", twice)
        .setting("max_threads", 1)
        .setting("async_insert", 0);
  }

  private static long before(long number) {
    return Math.max(0, number - LINKED_SECONDS * NANOS_OF_SECOND);
  }

  private static Query number(Query query, String name, long number) {
    return query
        .with(name, Long.toUnsignedString(number))
        .with(name + "_time", number / NANOS_OF_SECOND);
  }

  private void findLate() throws ClickHouseException {
    Query query =
        bound(RollupSql.LATE_TRACES, List.of())
            .with("in_time", IN_TIME_SECONDS * NANOS_OF_SECOND)
            .with("slack", IN_TIME_SECONDS)
            .with("ahead", AHEAD_SECONDS)
            .with("limit", LATE_MAX + 1);
    List<String> found = new ArrayList<>();
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        found.add(hex(rows.getBytes(0)));
        far = Math.clamp(rows.getLong(1), 0, far / NANOS_OF_SECOND) * NANOS_OF_SECOND;
      }
    }
    if (found.size() > LATE_MAX) {
      near = far;
    } else {
      late = found;
    }
  }

  private List<String> tracesWithASpanTwice() throws ClickHouseException {
    List<String> twice = new ArrayList<>();
    try (Rows rows = clickHouse.query(bound(RollupSql.TWICE_TRACES, List.of()))) {
      while (rows.next()) {
        twice.add(hex(rows.getBytes(0)));
      }
    }
    return twice;
  }

  private static String hex(byte[] traceId) {
    return HexFormat.of().formatHex(traceId);
  }

  /// Adds rows to `red_1s` that take back what is there twice.
  private long takeBack(List<String> twice) throws ClickHouseException {
    var figures = new RedBlock(store.metricsKeys());
    var row = new RedRow();
    long merged = 0;
    for (int from = 0; from < twice.size(); from += TWICE_AT_ONCE) {
      List<String> some = twice.subList(from, Math.min(twice.size(), from + TWICE_AT_ONCE));
      try (Rows rows = clickHouse.query(bound(RollupSql.SURPLUS, some))) {
        for (; rows.next(); merged++) {
          figures.add(id, row.read(rows), -1);
        }
      }
    }
    figures.finish(id, true);
    store.insertOnce(RedBlock.TABLE, id, figures.block(), false);
    return merged;
  }

  private void addCalls(List<String> twice) throws ClickHouseException {
    String sql = RollupSql.calls(!late.isEmpty(), !twice.isEmpty());
    long slices = Math.min(SLICES_MAX, 1 + spans() / SPANS_AT_ONCE);
    for (long slice = 0; slice < slices; slice++) {
      clickHouse.execute(bound(sql, twice).with("slices", slices).with("slice", slice));
    }
  }

  private void addLinks(List<String> twice) throws ClickHouseException {
    keepLinks(twice);
    long links = Store.number(clickHouse, bound(RollupSql.LINKS, List.of()));
    String sql = RollupSql.links(!late.isEmpty());
    long slices = Math.min(SLICES_MAX, links / LINKS_AT_ONCE + Math.min(links, 1));
    for (long slice = 0; slice < slices; slice++) {
      clickHouse.execute(bound(sql, List.of()).with("slices", slices).with("slice", slice));
    }
  }

  /// Adds rows to `span_links`.
  private void keepLinks(List<String> twice) throws ClickHouseException {
    var links = new LinkBlock();
    try (Rows rows = clickHouse.query(bound(RollupSql.withLinks(!twice.isEmpty()), twice))) {
      while (rows.next()) {
        links.append(id, rows);
        if (links.block().rows() >= LINKS_AT_ONCE) {
          store.add(LinkBlock.TABLE, links.block());
          links.block().clear();
        }
      }
    }
    store.add(LinkBlock.TABLE, links.block());
  }

  private long spans() throws ClickHouseException {
    return Store.number(clickHouse, bound(RollupSql.SPANS, List.of()));
  }
}
