package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.storage.SpanOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// What table `trace_index` tells of traces, as far as a query wants them: of all that are there,
/// or of some.
final class TraceSummaries {

  /// A trace's spans are taken together when they start no further apart from what is searched.
  static final long TRACE_LENGTH = Duration.ofHours(1).toNanos();

  /// All rows of so long a time are looked at for each trace: to look at some of them first is no
  /// cheaper.
  private static final long SHORT = Duration.ofHours(5).toNanos();

  /// Of what is so far from the spans that were come across there is likely more farther away.
  private static final long FAR = TRACE_LENGTH / 2;

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  TraceSummaries(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// When a trace can begin, at the earliest.
  static long earliest(TraceQuery query) {
    return query.overlapping()
        ? TimeRows.minus(query.startNanos(), TRACE_LENGTH)
        : query.startNanos();
  }

  /// When a trace can begin, at the latest.
  static long latest(TraceQuery query) {
    Cursor after = query.after();
    return query.order() == Order.NEWEST && after != null
        ? Math.min(query.endNanos(), after.position())
        : query.endNanos();
  }

  /// When a span of such a trace can start, at the latest. A page may begin long before the search
  /// ends: of what goes on for longer than a few hours after it, nothing is found.
  static long last(TraceQuery query) {
    return Math.min(rows(query).toNanos(), TimeRows.plus(latest(query), SHORT));
  }

  /// The rows that tell about the traces.
  static TimeRows rows(TraceQuery query) {
    return new TimeRows(earliest(query), query.endNanos()).widened(TRACE_LENGTH);
  }

  private static String select(String goesOn) {
    return """
    SELECT
      lower(hex(trace_id)) AS id,
      %s AS started,
      %s AS ended,
      ended - started AS lasted,
      %s AS root,
      sum(span_count) AS spans,
      sum(error_count) AS errors,
      arraySort(groupUniqArrayArray(services)) AS all_services,
      min(block_id) = max(block_id) AS of_one_block,
      %s AS goes_on
    FROM deepflow.trace_index
    """
        .formatted(ConditionSql.STARTED, ConditionSql.ENDED, ConditionSql.ROOT, goesOn);
  }

  /// The first of all traces that the query wants, one more than its page has.
  List<TraceSummary> first(TraceQuery query, Set<String> resourceKeys) throws ClickHouseException {
    Bindings bindings = new Bindings();
    return read(Statements.query(sql(query, resourceKeys, bindings), bindings, limits));
  }

  /// Those of some traces that the query wants, whatever it wants of spans.
  ///
  /// Most traces have all their rows near the spans that were come across, and each hour that is
  /// looked at costs. A trace that seems to go on elsewhere is not judged by the rows there: it is
  /// looked for in all of the query's time.
  ///
  /// @param near where those spans are
  List<TraceSummary> of(Collection<String> traceIds, TimeRows near, TraceQuery query)
      throws ClickHouseException {
    TimeRows all = rows(query);
    TimeRows some = all.areLongerThan(SHORT) ? near.widened(TRACE_LENGTH).within(all) : all;
    Bindings bindings = new Bindings();
    String sql = ofTraces(traceIds, some, query, goesOn(some, all, bindings), bindings);
    List<TraceSummary> found = new ArrayList<>();
    List<String> longer = new ArrayList<>();
    try (Rows rows = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      while (rows.next()) {
        if (rows.getLong(9) != 0) {
          longer.add(rows.getString(0));
        } else {
          found.add(summary(rows));
        }
      }
    }
    if (!longer.isEmpty()) {
      Bindings others = new Bindings();
      String whole = ofTraces(longer, all, query, "0", others);
      found.addAll(read(Statements.lookUp(whole, others, limits)));
    }
    return found;
  }

  /// Whether a trace of which some rows are known seems to have others. Its root is missing when it
  /// began before them.
  private static String goesOn(TimeRows some, TimeRows all, Bindings bindings) {
    List<String> signs = new ArrayList<>();
    if (some.fromNanos() > all.fromNanos()) {
      signs.add("max(has_root) = 0");
      signs.add("started < " + bindings.number(TimeRows.plus(some.fromNanos(), FAR)));
    }
    if (some.toNanos() < all.toNanos()) {
      signs.add("ended > " + bindings.number(TimeRows.minus(some.toNanos(), FAR)));
    }
    return signs.isEmpty() ? "0" : String.join(" OR ", signs);
  }

  private static String ofTraces(
      Collection<String> traceIds,
      TimeRows rows,
      TraceQuery query,
      String goesOn,
      Bindings bindings) {
    ConditionSql condition = new ConditionSql(bindings, rows, Set.of());
    return select(goesOn)
        + "WHERE %s\n  AND %s\nGROUP BY trace_id\nHAVING goes_on OR (%s)"
            .formatted(
                // First: the time of most rows is then not read at all.
                traceIds.size() <= SpanOrder.LITERALS_MAX
                    ? SpanOrder.isAmong(traceIds)
                    : SpanOrder.isAmong(bindings.bindTexts("String", traceIds)),
                rows.sql(bindings),
                having(query, condition, Parts.of(query.condition()), bindings));
  }

  /// The statement for the first of all.
  static String sql(TraceQuery query, Set<String> resourceKeys, Bindings bindings) {
    TimeRows rows = rows(query);
    ConditionSql condition = new ConditionSql(bindings, rows, resourceKeys);
    Parts parts = Parts.of(query.condition());
    StringBuilder sql = new StringBuilder(select("0"));
    sql.append("WHERE ").append(rows.sql(bindings)).append('\n');
    if (!parts.ofSpans().isEmpty()) {
      // A trace that begins before has no place in the answer, whatever its later spans say.
      sql.append("  AND trace_id IN (SELECT trace_id FROM deepflow.spans WHERE ")
          .append(new TimeRows(earliest(query), rows.toNanos()).sql(bindings))
          .append("\n    AND ")
          .append(condition.ofSpanAnywhere(SpanCondition.all(parts.ofSpans())))
          .append(")\n");
    }
    return sql.append("GROUP BY trace_id\nHAVING ")
        .append(having(query, condition, parts, bindings))
        .append("\nORDER BY ")
        .append(
            switch (query.order()) {
              case NEWEST -> "started DESC";
              case SLOWEST -> "lasted DESC";
              case SAMPLE -> "cityHash64(trace_id)";
            })
        .append(", trace_id\nLIMIT ")
        .append(bindings.number(query.limit() + 1L))
        .toString();
  }

  private static String having(
      TraceQuery query, ConditionSql condition, Parts parts, Bindings bindings) {
    List<String> having = new ArrayList<>();
    having.add("started >= " + bindings.number(earliest(query)));
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
    if (!parts.ofTraces().isEmpty()) {
      having.add(condition.ofTrace(SpanCondition.all(parts.ofTraces())));
    }
    Cursor after = query.after();
    if (after != null) {
      String column = query.order() == Order.NEWEST ? "started" : "lasted";
      String position = bindings.number(after.position());
      having.add(
          "(%s < %s OR (%s = %s AND trace_id > unhex(%s)))"
              .formatted(column, position, column, position, bindings.text(after.traceId())));
    }
    return String.join("\n  AND ", having);
  }

  /// What must hold together, taken apart by what it is about.
  record Parts(List<SpanCondition> ofTraces, List<SpanCondition> ofSpans) {
    static Parts of(SpanCondition condition) {
      List<SpanCondition> operands =
          condition instanceof SpanCondition.And and ? and.operands() : List.of(condition);
      var parts = operands.stream().collect(Collectors.partitioningBy(SpanCondition::isOfTraces));
      return new Parts(
          Objects.requireNonNull(parts.get(true)), Objects.requireNonNull(parts.get(false)));
    }
  }

  private List<TraceSummary> read(Query query) throws ClickHouseException {
    List<TraceSummary> traces = new ArrayList<>();
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        traces.add(summary(rows));
      }
    }
    return traces;
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
        services.stream().map(Objects::toString).toList(),
        rows.getLong(8) != 0);
  }
}
