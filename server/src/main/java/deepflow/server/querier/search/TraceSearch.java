package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.semconv.Renames;
import deepflow.server.storage.RepeatedTraces;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Finds traces. Safe for use by many threads; a search blocks its thread.
///
/// The newest are looked for in the last seconds first, then in ever longer stretches back from the
/// last trace before: a trace that begins in a stretch has all of its spans there or later, so each
/// stretch gives a right answer of its own. Without conditions on spans only `trace_index` is read.
///
/// A trace's spans are counted together when they start within an hour of what is searched.
public final class TraceSearch {

  /// The newest are looked for in a short stretch first, then in ever longer ones.
  private static final long FIRST_STRETCH = Duration.ofSeconds(3).toNanos();

  private static final int GROWTH = 10;

  /// After this one all of the time is searched at once.
  private static final long LAST_STRETCH = Duration.ofDays(6).toNanos();

  private static final long TRACE_LENGTH = Duration.ofHours(1).toNanos();

  /// ClickHouse's codes for a bad argument and for a regular expression that it can't compile.
  private static final Set<Integer> NO_REGULAR_EXPRESSION = Set.of(36, 427);

  private static final String SELECT =
      """
      SELECT
        lower(hex(trace_id)) AS id,
        %s AS started,
        %s AS ended,
        ended - started AS lasted,
        %s AS root,
        sum(span_count) AS spans,
        sum(error_count) AS errors,
        arraySort(groupUniqArrayArray(services)) AS all_services
      FROM deepflow.trace_index
      """
          .formatted(ConditionSql.STARTED, ConditionSql.ENDED, ConditionSql.ROOT);

  /// What was found.
  ///
  /// @param next where the next page begins; null when there is no more
  public record Found(List<FoundTrace> traces, @Nullable Cursor next) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final InstantSource clock;
  private final MatchedSpans matchedSpans;
  private final SpanCounts spanCounts;

  /// Asks that ClickHouse, within those limits.
  public TraceSearch(
      ClickHouse clickHouse, RepeatedTraces repeated, QueryLimits limits, InstantSource clock) {
    this.clickHouse = clickHouse;
    this.limits = limits;
    this.clock = clock;
    this.matchedSpans = new MatchedSpans(clickHouse, limits);
    this.spanCounts = new SpanCounts(clickHouse, repeated, limits);
  }

  /// Finds one page of traces.
  ///
  /// @throws SearchException when a regular expression is none that RE2 knows
  public Found find(TraceQuery query) throws ClickHouseException {
    checkPatterns(query.condition());
    Set<String> resourceKeys = resourceKeys(query.condition());
    List<TraceSummary> found =
        switch (query.order()) {
          case NEWEST -> newest(query, resourceKeys);
          case SLOWEST, SAMPLE -> find(query, earliest(query), resourceKeys);
        };
    boolean more = found.size() > query.limit();
    List<TraceSummary> page = spanCounts.of(more ? found.subList(0, query.limit()) : found);
    return new Found(
        query.order() == Order.SAMPLE ? bare(page) : matchedSpans.addTo(page, query, resourceKeys),
        more ? cursor(query.order(), page.getLast()) : null);
  }

  private static List<FoundTrace> bare(List<TraceSummary> traces) {
    return traces.stream().map(trace -> new FoundTrace(trace, 0, List.of())).toList();
  }

  private static @Nullable Cursor cursor(Order order, TraceSummary last) {
    return switch (order) {
      case NEWEST -> new Cursor(order, last.startNanos(), last.traceId());
      case SLOWEST -> new Cursor(order, last.durationNanos(), last.traceId());
      case SAMPLE -> null;
    };
  }

  private List<TraceSummary> newest(TraceQuery query, Set<String> resourceKeys)
      throws ClickHouseException {
    long now = TimeUnit.MILLISECONDS.toNanos(clock.millis());
    long newest = Math.min(latest(query), now); // spans of the future are in each stretch
    long earliest = earliest(query);
    long from = Math.max(earliest, TimeRows.minus(newest, FIRST_STRETCH));
    List<TraceSummary> traces = find(query, from, resourceKeys);
    if (traces.size() > query.limit() || from == earliest) {
      return traces;
    }
    if (!traces.isEmpty()) {
      long second = FIRST_STRETCH * growth(traces.size(), query.limit());
      return newest(query, newest, second, resourceKeys);
    }
    OptionalLong older = lastBegin(earliest, from);
    if (older.isEmpty()) {
      return traces;
    }
    // Behind a gap nothing is known yet of how much there is.
    boolean isGap = from - older.getAsLong() > FIRST_STRETCH;
    return newest(
        query, older.getAsLong(), isGap ? FIRST_STRETCH : FIRST_STRETCH * GROWTH, resourceKeys);
  }

  /// How many times longer the next stretch is. Where something was found, about so much longer
  /// that twice as much is found as is wanted; two steps at once where nothing was.
  private static long growth(int found, int limit) {
    return found == 0 ? GROWTH * GROWTH : Math.clamp(2L * (limit + 1) / found, 2, GROWTH);
  }

  /// Looks for them in ever longer stretches.
  ///
  /// @param newest from where they are counted back, ns
  /// @param first how long the first one is, ns
  private List<TraceSummary> newest(
      TraceQuery query, long newest, long first, Set<String> resourceKeys)
      throws ClickHouseException {
    long earliest = earliest(query);
    long stretch = first;
    while (true) {
      // What the next stretch would take in anyway isn't looked at twice.
      boolean all = stretch > LAST_STRETCH || TimeRows.minus(newest, stretch * GROWTH) <= earliest;
      long from = all ? earliest : TimeRows.minus(newest, stretch);
      List<TraceSummary> traces = find(query, from, resourceKeys);
      if (traces.size() > query.limit() || from == earliest) {
        return traces;
      }
      stretch *= growth(traces.size(), query.limit());
    }
  }

  /// When the newest traces begin that begin before `end`: where nothing came for a while there is
  /// nothing to look for.
  private OptionalLong lastBegin(long from, long end) throws ClickHouseException {
    long near = Math.max(from, TimeRows.minus(end, TRACE_LENGTH));
    OptionalLong last = lastBeginOf(new TimeRows(near, end - 1));
    return last.isPresent() || near == from ? last : lastBeginOf(new TimeRows(from, near));
  }

  private OptionalLong lastBeginOf(TimeRows rows) throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql =
        "SELECT count(), toUnixTimestamp64Nano(max(start_time)) FROM deepflow.trace_index WHERE "
            + rows.sql(bindings);
    try (Rows found = clickHouse.query(bindings.query(sql, limits))) {
      return found.next() && found.getLong(0) > 0
          ? OptionalLong.of(found.getLong(1))
          : OptionalLong.empty();
    }
  }

  /// When a trace can begin, at the latest.
  private static long latest(TraceQuery query) {
    Cursor after = query.after();
    return query.order() == Order.NEWEST && after != null
        ? Math.min(query.endNanos(), after.position())
        : query.endNanos();
  }

  /// When a trace can begin, at the earliest.
  private static long earliest(TraceQuery query) {
    return query.overlapping()
        ? TimeRows.minus(query.startNanos(), TRACE_LENGTH)
        : query.startNanos();
  }

  /// The traces that begin at `from` or later, one more than the page has.
  private List<TraceSummary> find(TraceQuery query, long from, Set<String> resourceKeys)
      throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql = sql(query, from, resourceKeys, bindings);
    List<TraceSummary> traces = new ArrayList<>();
    try (Rows rows = clickHouse.query(bindings.query(sql, limits))) {
      while (rows.next()) {
        traces.add(summary(rows));
      }
    }
    return traces;
  }

  /// The statement that finds them.
  static String sql(TraceQuery query, long from, Set<String> resourceKeys, Bindings bindings) {
    long to = TimeRows.plus(latest(query), TRACE_LENGTH);
    TimeRows rows = new TimeRows(TimeRows.minus(from, TRACE_LENGTH), to);
    ConditionSql condition = new ConditionSql(bindings, rows, resourceKeys);
    Parts parts = Parts.of(query.condition());
    StringBuilder sql = new StringBuilder(SELECT);
    sql.append("WHERE ").append(rows.sql(bindings)).append('\n');
    // A trace that begins before has no place in the answer, whatever its later spans say.
    String begun = new TimeRows(from, to).sql(bindings);
    if (!parts.ofSpans.isEmpty()) {
      sql.append("  AND trace_id IN (SELECT trace_id FROM deepflow.spans WHERE ")
          .append(begun)
          .append("\n    AND ")
          .append(condition.ofSpan(SpanCondition.all(parts.ofSpans)))
          .append(")\n");
    } else if (from > earliest(query)) {
      sql.append("  AND trace_id IN (SELECT trace_id FROM deepflow.trace_index WHERE ")
          .append(begun)
          .append(")\n");
    }
    sql.append("GROUP BY trace_id\nHAVING ")
        .append(String.join("\n  AND ", having(query, from, condition, parts, bindings)))
        .append("\nORDER BY ")
        .append(
            switch (query.order()) {
              case NEWEST -> "started DESC";
              case SLOWEST -> "lasted DESC";
              case SAMPLE -> "cityHash64(trace_id)";
            })
        .append(", trace_id\nLIMIT ")
        .append(bindings.number(query.limit() + 1L));
    return sql.toString();
  }

  private static List<String> having(
      TraceQuery query, long from, ConditionSql condition, Parts parts, Bindings bindings) {
    List<String> having = new ArrayList<>();
    having.add("started >= " + bindings.number(from));
    having.add("started <= " + bindings.number(latest(query)));
    if (query.overlapping()) {
      having.add("ended >= " + bindings.number(query.startNanos()));
    }
    if (query.minDurationNanos() > 0) {
      having.add("lasted >= " + bindings.number(query.minDurationNanos()));
    }
    if (query.maxDurationNanos() < Long.MAX_VALUE) {
      having.add("lasted <= " + bindings.number(query.maxDurationNanos()));
    }
    if (!parts.ofTraces.isEmpty()) {
      having.add(condition.ofTrace(SpanCondition.all(parts.ofTraces)));
    }
    Cursor after = query.after();
    if (after != null) {
      String column = query.order() == Order.NEWEST ? "started" : "lasted";
      String position = bindings.number(after.position());
      having.add(
          "(%s < %s OR (%s = %s AND trace_id > unhex(%s)))"
              .formatted(column, position, column, position, bindings.text(after.traceId())));
    }
    return having;
  }

  /// What must hold together, taken apart by what it is about.
  private record Parts(List<SpanCondition> ofTraces, List<SpanCondition> ofSpans) {
    static Parts of(SpanCondition condition) {
      List<SpanCondition> operands =
          condition instanceof SpanCondition.And and ? and.operands() : List.of(condition);
      var parts = operands.stream().collect(Collectors.partitioningBy(SpanCondition::isOfTraces));
      return new Parts(
          Objects.requireNonNull(parts.get(true)), Objects.requireNonNull(parts.get(false)));
    }
  }

  private static TraceSummary summary(Rows rows) {
    List<?> root = (List<?>) Objects.requireNonNull(rows.get(4));
    List<?> services = (List<?>) Objects.requireNonNull(rows.get(7));
    return new TraceSummary(
        rows.getString(0),
        rows.getLong(1),
        rows.getLong(3),
        String.valueOf(root.get(1)),
        String.valueOf(root.get(2)),
        rows.getLong(5),
        rows.getLong(6),
        services.stream().map(Objects::toString).toList());
  }

  /// The engine knows what a regular expression is. It must see it bare: `a)|(b` is none, even if
  /// it becomes one between parentheses. And match() alone passes over what it need not compile.
  void checkPatterns(SpanCondition condition) throws ClickHouseException {
    for (SpanCondition.Comparison comparison : condition.comparisons()) {
      if (comparison.operator().isPattern()
          && comparison.value() instanceof Value.Text(String pattern)) {
        Query query =
            Query.of("SELECT replaceRegexpOne('x', {pattern:String}, '')").with("pattern", pattern);
        try (Rows rows = clickHouse.query(query)) {
          rows.next();
        } catch (ClickHouseException e) {
          if (!NO_REGULAR_EXPRESSION.contains(e.code())) {
            throw e;
          }
          throw new SearchException(
              "'%s' is no regular expression".formatted(pattern),
              "regular expressions are those of RE2");
        }
      }
    }
  }

  /// Those keys of the condition's attributes of no named scope, by any of their names, that
  /// resources have at all.
  Set<String> resourceKeys(SpanCondition condition) throws ClickHouseException {
    Set<String> keys = new HashSet<>();
    for (SpanCondition.Comparison comparison : condition.comparisons()) {
      if (comparison.field() instanceof Attribute(Scope scope, String key)
          && scope == Scope.EITHER) {
        keys.addAll(Renames.keys(key));
      }
    }
    Set<String> known = new HashSet<>();
    if (!keys.isEmpty()) {
      Query query =
          Query.of(
                  "SELECT DISTINCT arrayJoin(mapKeys(attributes)) AS key FROM deepflow.resources"
                      + " WHERE hasAny(mapKeys(attributes), {keys:Array(String)})"
                      + " AND has({keys:Array(String)}, key)")
              .with("keys", keys);
      try (Rows rows = clickHouse.query(query)) {
        while (rows.next()) {
          known.add(rows.getString(0));
        }
      }
    }
    return known;
  }
}
