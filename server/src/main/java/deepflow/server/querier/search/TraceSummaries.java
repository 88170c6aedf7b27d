package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
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
        arraySort(groupUniqArrayArray(services)) AS all_services,
        min(block_id) = max(block_id) AS of_one_block
      FROM deepflow.trace_index
      """
          .formatted(ConditionSql.STARTED, ConditionSql.ENDED, ConditionSql.ROOT);

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

  /// The first of all traces that the query wants, one more than its page has.
  List<TraceSummary> first(TraceQuery query, Set<String> resourceKeys) throws ClickHouseException {
    Bindings bindings = new Bindings();
    return read(bindings.query(sql(query, resourceKeys, bindings), limits));
  }

  /// Those of some traces that the query wants, whatever it wants of spans.
  ///
  /// @param rows that tell about these traces
  List<TraceSummary> of(Collection<String> traceIds, TimeRows rows, TraceQuery query)
      throws ClickHouseException {
    Bindings bindings = new Bindings();
    ConditionSql condition = new ConditionSql(bindings, rows, Set.of());
    String sql =
        SELECT
            + "WHERE %s\n  AND %s\nGROUP BY trace_id\nHAVING %s"
                .formatted(
                    // First: the time of most rows is then not read at all.
                    traceIds.size() <= SpanOrder.LITERALS_MAX
                        ? SpanOrder.isAmong(traceIds)
                        : SpanOrder.isAmong(bindings.digits(traceIds)),
                    rows.sql(bindings),
                    having(query, condition, Parts.of(query.condition()), bindings));
    return read(bindings.lookUp(sql, limits));
  }

  /// The statement for the first of all.
  static String sql(TraceQuery query, Set<String> resourceKeys, Bindings bindings) {
    long earliest = earliest(query);
    TimeRows rows = new TimeRows(earliest, latest(query)).widened(TRACE_LENGTH);
    ConditionSql condition = new ConditionSql(bindings, rows, resourceKeys);
    Parts parts = Parts.of(query.condition());
    StringBuilder sql = new StringBuilder(SELECT);
    sql.append("WHERE ").append(rows.sql(bindings)).append('\n');
    if (!parts.ofSpans().isEmpty()) {
      // A trace that begins before has no place in the answer, whatever its later spans say.
      sql.append("  AND trace_id IN (SELECT trace_id FROM deepflow.spans WHERE ")
          .append(new TimeRows(earliest, rows.toNanos()).sql(bindings))
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
