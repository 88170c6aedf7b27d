package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Blocks that were made one after the other, and how far before them the counterparts of their
/// spans can be: duplicates, callers and called.
///
/// That is known from time, since a span is stored after it has ended: for spans that came in time
/// a counterpart is in these blocks or in those of [#NEAR_SECONDS] before, and `trace_index` tells
/// which traces stand there too; for spans that came late, or took long, it is in a block since
/// they began. Where a sender's clock is ahead, or was when it sent a trace of these blocks before,
/// up to [#AHEAD_SECONDS] more are searched, but only for such traces. A link names a span that
/// ended up to [#LINKED_SECONDS] before.
final class BlockRange {
  /// How long before its block a span may have begun to be in time.
  private static final long IN_TIME_SECONDS = 60;

  private static final long NEAR_SECONDS = 2 * IN_TIME_SECONDS;

  /// How far a sender's clock may be ahead: so long before they ended its spans can be stored.
  private static final int AHEAD_SECONDS = 3_600;

  /// How long after a span one that links to it may come.
  static final int LINKED_SECONDS = 3_600;

  private static final long NANOS_OF_SECOND = 1_000_000_000L;

  /// So many are searched each as far back as it needs, those that need it most; for the others all
  /// traces are searched.
  static final int LATE_MAX = 20_000;

  /// What a statement holds of each span at once, 140 bytes, makes 140 MB of so many.
  static final long SPANS_AT_ONCE = 1_000_000;

  static final long SLICES_MAX = 255;

  /// All slices read all spans, so what a trace of many spans has far back is left out of the
  /// search: late traces have together no more there than so many slices hold.
  private static final int FAR_SLICES_MAX = 8;

  private final long first;
  private final long end;
  private final int secondsMax;
  private final long spansAtOnce;

  /// From where on blocks before are searched: for any trace, and for those in [#since].
  private long near;

  private long far;

  /// The late traces, and from where on each has to be searched.
  private final Map<String, Long> since = new LinkedHashMap<>();

  private long lateSpans;
  private List<String> large = List.of();

  /// @param first the first block's number
  /// @param end one more than the last one's
  /// @param secondsMax what a statement about them may take; 0: as long as it needs
  BlockRange(long first, long end, int secondsMax) {
    this(first, end, secondsMax, SPANS_AT_ONCE);
  }

  /// @param spansAtOnce what a statement about them may hold
  BlockRange(long first, long end, int secondsMax, long spansAtOnce) {
    this.first = first;
    this.end = end;
    this.secondsMax = secondsMax;
    this.spansAtOnce = spansAtOnce;
    near = Math.max(0, first - NEAR_SECONDS * NANOS_OF_SECOND);
    far = near;
  }

  long first() {
    return first;
  }

  long end() {
    return end;
  }

  /// Whether traces have to be searched farther back than others.
  boolean hasLate() {
    return !since.isEmpty();
  }

  /// Late traces that are searched no farther back than those in time, since they have too many
  /// spans there.
  List<String> large() {
    return large;
  }

  /// By how many statements their spans are paired, each of them with those of some ids: of their
  /// own and of the late traces', as many are held at once as may be.
  long slices(ClickHouse clickHouse) throws ClickHouseException {
    return slicesOf(Store.number(clickHouse, bound(RollupSql.SPANS)) + lateSpans);
  }

  private long slicesOf(long spans) {
    return Math.min(SLICES_MAX, 1 + spans / spansAtOnce);
  }

  /// Executes a statement for one slice after the other.
  static void inSlices(ClickHouse clickHouse, long slices, Query statement)
      throws ClickHouseException {
    for (long slice = 0; slice < slices; slice++) {
      clickHouse.execute(statement.with("slices", slices).with("slice", slice));
    }
  }

  /// Notes in table `repeated_traces` which traces have a span of these blocks twice.
  ///
  /// @param foundBy what the rows are noted for
  void findRepeated(ClickHouse clickHouse, long foundBy) throws ClickHouseException {
    findLate(clickHouse);
    findFar(clickHouse);
    if (hasLate()) {
      leaveOutLarge(clickHouse);
    }
    lateSpans = hasLate() ? Store.number(clickHouse, bound(RollupSql.LATE_SPANS)) : 0;
    Query note = number(bound(RollupSql.NOTE_REPEATED), "found_by", foundBy);
    inSlices(clickHouse, slicesOf(lateSpans), Expiry.asOnePart(note));
  }

  private void findFar(ClickHouse clickHouse) throws ClickHouseException {
    far = since.values().stream().reduce(near, Math::min);
    if (hasLate()) {
      far = Store.number(clickHouse, bound(RollupSql.EARLY));
    }
  }

  private void leaveOutLarge(ClickHouse clickHouse) throws ClickHouseException {
    Query query = bound(RollupSql.LARGE_TRACES).with("spans_max", FAR_SLICES_MAX * spansAtOnce);
    large = traces(clickHouse, query);
    if (!large.isEmpty()) {
      large.forEach(since::remove);
      findFar(clickHouse);
    }
  }

  /// Their ids, 32 hexadecimal digits each.
  static List<String> traces(ClickHouse clickHouse, Query query) throws ClickHouseException {
    List<String> traces = new ArrayList<>();
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        traces.add(HexFormat.of().formatHex(rows.getBytes(0)));
      }
    }
    return traces;
  }

  /// A statement of [RollupSql] about these blocks.
  Query bound(String sql) {
    Query query = Query.of(sql);
    query = number(query, "first", first);
    query = number(query, "end", end);
    query = number(query, "near", near);
    query = number(query, "far", far);
    query = number(query, "early", before(far, AHEAD_SECONDS));
    query = number(query, "linked", before(near, LINKED_SECONDS));
    query = number(query, "far_linked", before(far, LINKED_SECONDS));
    return query
        .with("late", since.keySet())
        .with("in_time", IN_TIME_SECONDS * NANOS_OF_SECOND)
        .setting("max_threads", 1)
        .setting("max_execution_time", secondsMax)
        .setting("async_insert", 0);
  }

  private static long before(long number, int seconds) {
    return Math.max(0, number - seconds * NANOS_OF_SECOND);
  }

  /// Binds the number of a block, and its time in seconds.
  static Query number(Query query, String name, long number) {
    return query
        .with(name, Long.toUnsignedString(number))
        .with(name + "_time", number / NANOS_OF_SECOND);
  }

  private void findLate(ClickHouse clickHouse) throws ClickHouseException {
    Query query =
        bound(RollupSql.LATE_TRACES)
            .with("slack", IN_TIME_SECONDS)
            .with("ahead", AHEAD_SECONDS)
            .with("limit", LATE_MAX + 1);
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        long from = Math.clamp(rows.getLong(1), 0, near / NANOS_OF_SECOND) * NANOS_OF_SECOND;
        if (since.size() == LATE_MAX) {
          near = from;
        } else {
          since.put(HexFormat.of().formatHex(rows.getBytes(0)), from);
        }
      }
    }
  }
}
