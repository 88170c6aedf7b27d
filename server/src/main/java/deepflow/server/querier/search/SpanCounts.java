package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.QueryLimits;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How many spans traces have: `trace_index` counts one that was sent twice twice, so such traces
/// are counted anew.
final class SpanCounts {

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  SpanCounts(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  private record Count(long spans, long errors) {}

  /// The same traces, with each span counted once.
  List<TraceSummary> of(List<TraceSummary> traces) throws ClickHouseException {
    return of(traces, repeated(traces));
  }

  /// @param repeated those of them that may have a span twice
  List<TraceSummary> of(List<TraceSummary> traces, Set<String> repeated)
      throws ClickHouseException {
    if (repeated.isEmpty()) {
      return traces;
    }
    Map<String, Count> counts =
        counts(traces.stream().filter(trace -> repeated.contains(trace.traceId())).toList());
    return traces.stream().map(trace -> counted(trace, counts.get(trace.traceId()))).toList();
  }

  /// Those of which a span is in two blocks: it may be another one of that id. A block has none
  /// twice.
  Set<String> repeated(List<TraceSummary> all) throws ClickHouseException {
    List<TraceSummary> traces = all.stream().filter(trace -> !trace.isOfOneBlock()).toList();
    Set<String> repeated = new HashSet<>();
    if (traces.isEmpty()) {
      return repeated;
    }
    Bindings bindings = new Bindings();
    String sql =
        """
        SELECT DISTINCT lower(hex(trace_id)) FROM (
          SELECT trace_id FROM deepflow.spans WHERE %s
          GROUP BY trace_id, span_id, start_time HAVING min(block_id) < max(block_id))
        """
            .formatted(SpansOfTraces.sql(traces, bindings));
    try (Rows found = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      while (found.next()) {
        repeated.add(found.getString(0));
      }
    }
    return repeated;
  }

  private Map<String, Count> counts(List<TraceSummary> traces) throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql =
        "SELECT lower(hex(trace_id)), count(), countIf(status_code = 2) FROM %s GROUP BY trace_id"
            .formatted(SpansOfTraces.once(SpansOfTraces.sql(traces, bindings)));
    Map<String, Count> counts = new HashMap<>();
    try (Rows found = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      while (found.next()) {
        counts.put(found.getString(0), new Count(found.getLong(1), found.getLong(2)));
      }
    }
    return counts;
  }

  private static TraceSummary counted(TraceSummary trace, @Nullable Count count) {
    return count == null ? trace : trace.with(count.spans, count.errors);
  }
}
