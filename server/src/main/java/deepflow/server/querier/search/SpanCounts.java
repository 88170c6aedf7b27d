package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Duplicates;
import deepflow.server.storage.RepeatedTraces;
import deepflow.server.storage.SpanOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many spans traces have: `trace_index` counts one that was sent twice twice, so such traces
/// are counted anew.
final class SpanCounts {

  private static final String SQL =
      """
      SELECT lower(hex(trace_id)), count(), countIf(status_code = 2)
      FROM
      (
        SELECT trace_id, status_code
        FROM (SELECT * FROM deepflow.spans
          WHERE %s) AS rows
        %s
        LIMIT 1 BY trace_id, %s
      )
      GROUP BY trace_id
      """
          .formatted(
              SpanOrder.ofTraces(
                  SpanOrder.isAmong("{traces:Array(String)}")
                      + " AND trace_id IN (SELECT trace_id FROM deepflow.repeated_traces)"),
              Duplicates.SENDER_RESOURCES,
              Duplicates.SENDERS_WORDS);

  private final ClickHouse clickHouse;
  private final RepeatedTraces repeated;
  private final QueryLimits limits;

  SpanCounts(ClickHouse clickHouse, RepeatedTraces repeated, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.repeated = repeated;
    this.limits = limits;
  }

  private record Count(long spans, long errors) {}

  /// The same traces, with each span counted once.
  List<TraceSummary> of(List<TraceSummary> traces) throws ClickHouseException {
    if (traces.isEmpty()) {
      return traces;
    }
    TimeRows rows = TimeRows.of(traces);
    if (!repeated.between(rows.fromNanos(), rows.toNanos())) {
      return traces;
    }
    Query query = Query.of(SQL).with("traces", traces.stream().map(TraceSummary::traceId).toList());
    Map<String, Count> counts = new HashMap<>();
    try (Rows found = clickHouse.query(limits.bound(query))) {
      while (found.next()) {
        counts.put(found.getString(0), new Count(found.getLong(1), found.getLong(2)));
      }
    }
    return traces.stream().map(trace -> counted(trace, counts.get(trace.traceId()))).toList();
  }

  private static TraceSummary counted(TraceSummary trace, @Nullable Count count) {
    return count == null ? trace : trace.with(count.spans, count.errors);
  }
}
