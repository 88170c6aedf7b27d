package deepflow.server.querier.services;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.SpanReader.TimeRange;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/// Which days rules of retention have cut: what is left of them is what somebody wanted to keep,
/// such as traces that failed, and no picture of what there was.
final class RuleCuts {

  static final String SQL =
      """
      SELECT max(day)
      FROM deepflow.expired
      WHERE reason = 'rule' AND toInt64(day) BETWEEN {first:Int64} AND {last:Int64}
      """;

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  RuleCuts(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// The end of the last day in that range that was cut, ns since 1970-01-01 UTC; empty when there
  /// is none. A day is one in which spans came.
  OptionalLong before(TimeRange range) throws ClickHouseException {
    return before(Query.of(SQL), range);
  }

  /// The same of the spans of a service.
  OptionalLong before(String service, TimeRange range) throws ClickHouseException {
    return before(
        Query.of(SQL + "  AND service = {service:String}\n").with("service", service), range);
  }

  private OptionalLong before(Query query, TimeRange range) throws ClickHouseException {
    Query bound =
        query
            .with("first", TimeUnit.NANOSECONDS.toDays(range.startNanos()))
            .with("last", TimeUnit.NANOSECONDS.toDays(range.endNanos()));
    try (Rows rows = clickHouse.query(limits.bound(bound))) {
      long day = rows.next() ? rows.getLong(0) : 0;
      return day == 0 ? OptionalLong.empty() : OptionalLong.of(TimeUnit.DAYS.toNanos(day + 1));
    }
  }
}
