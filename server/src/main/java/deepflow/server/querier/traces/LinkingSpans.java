package deepflow.server.querier.traces;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Finds the spans that have a link to a span, the other direction of what a span says of itself.
/// One whose sender sent it twice is there once: that is seen here, because the engine would hold
/// all of them for it, and there can be millions.
public final class LinkingSpans {

  private static final String OF_TRACE =
      "linked_trace_id = toFixedString(unhex({trace:String}), 16)";
  private static final String OF_SPAN =
      OF_TRACE + " AND linked_span_id = toFixedString(unhex({span:String}), 8)";

  /// Rows for each span that is wanted, at first; then so many times as many.
  private static final int TWICE = 2;

  private static final int GROWTH = 8;

  /// No span is read: the index says all of it.
  private static String sql(String condition) {
    return """
    SELECT start_time, trace_id, span_id, linked_span_id, service, name
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
            .with("span", spanId);
    int wanted = limit + 1;
    List<LinkingSpan> spans = List.of();
    boolean more = true;
    for (long rows = (long) TWICE * wanted; more && spans.size() < wanted; rows *= GROWTH) {
      Read read = read(query.with("limit", rows));
      spans = read.spans.stream().limit(wanted).toList();
      more = read.rows == rows;
    }
    boolean truncated = spans.size() == wanted;
    return new Found(truncated ? spans.subList(0, limit) : spans, truncated);
  }

  /// @param spans each once, in their order
  /// @param rows that they were in
  private record Read(Set<LinkingSpan> spans, long rows) {}

  private Read read(Query query) throws ClickHouseException {
    Set<LinkingSpan> spans = new LinkedHashSet<>();
    long count = 0;
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      while (rows.next()) {
        spans.add(span(rows));
        count++;
      }
    }
    return new Read(spans, count);
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
