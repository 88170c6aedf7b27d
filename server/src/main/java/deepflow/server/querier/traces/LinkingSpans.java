package deepflow.server.querier.traces;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Finds the spans that have a link to a span, the other direction of what a span says of itself.
/// One whose sender sent it twice is there once.
public final class LinkingSpans {

  private static final String OF_TRACE =
      "linked_trace_id = toFixedString(unhex({trace:String}), 16)";
  private static final String OF_SPAN =
      OF_TRACE + " AND linked_span_id = toFixedString(unhex({span:String}), 8)";

  /// No span is read: the index says all of it.
  private static String sql(String condition) {
    return """
    SELECT DISTINCT start_time, trace_id, span_id, linked_span_id, service, name
    FROM deepflow.link_index
    WHERE %s
    ORDER BY start_time, trace_id, span_id, linked_span_id, service, name
    LIMIT {limit:UInt64}
    """
        .formatted(condition);
  }

  /// What was found, by its start.
  ///
  /// @param truncated whether there are more
  record Found(List<LinkingSpan> spans, boolean truncated) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  /// Asks that ClickHouse, within those limits.
  public LinkingSpans(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// Those that link to a span of that trace.
  ///
  /// @param traceId 32 hexadecimal digits
  /// @param spanId the one span that is meant, 16 hexadecimal digits; empty: any
  /// @param limit at most so many, the first ones
  Found find(String traceId, String spanId, int limit) throws ClickHouseException {
    Query query =
        Query.of(sql(spanId.isEmpty() ? OF_TRACE : OF_SPAN))
            .with("trace", traceId)
            .with("span", spanId)
            .with("limit", limit + 1L);
    List<LinkingSpan> spans = new ArrayList<>();
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      while (rows.next()) {
        spans.add(span(rows));
      }
    }
    boolean truncated = spans.size() > limit;
    return new Found(truncated ? spans.subList(0, limit) : spans, truncated);
  }

  private static LinkingSpan span(Rows row) {
    HexFormat hex = HexFormat.of();
    return new LinkingSpan(
        hex.formatHex(row.getBytes(1)),
        hex.formatHex(row.getBytes(2)),
        row.getString(4),
        row.getString(5),
        row.getLong(0),
        hex.formatHex(row.getBytes(3)));
  }
}
