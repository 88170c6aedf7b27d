package deepflow.server.querier.services;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.RedSpan;
import deepflow.server.storage.RepeatedTraces;
import deepflow.server.storage.SpanReader.TimeRange;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Lists the operations of a service: all of its spans by name and kind, those first that took most
/// time. Each span counts once.
public final class OperationList {

  static final int OPERATIONS_MAX = 200;

  /// Durations are the sender's word: their sum may need more than 64 bits.
  ///
  /// @param spans the table, with each span once
  static String sql(String spans) {
    return """
    SELECT
      name,
      kind,
      count() AS spans,
      countIf(%s) AS errors,
      %s(greatest(duration, 0)) AS latency,
      sum(toInt128(greatest(duration, 0))) AS total
    FROM %s
    WHERE service = {service:String}
      AND start_time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')
      AND start_time <= fromUnixTimestamp64Nano({to:Int64}, 'UTC')
    GROUP BY name, kind
    ORDER BY total DESC, name, kind
    LIMIT {limit:UInt64}
    """
        .formatted(RedSpan.FAILED, Latency.SQL, spans);
  }

  /// What was found.
  ///
  /// @param truncated whether there are more
  /// @param cutBefore ns since 1970-01-01 UTC, before which the service has only the spans that
  ///   rules keep; empty when it has all
  record Found(List<OperationFigures> operations, boolean truncated, OptionalLong cutBefore) {}

  private final ClickHouse clickHouse;
  private final RepeatedTraces repeated;
  private final QueryLimits limits;
  private final RuleCuts cuts;

  /// Asks that ClickHouse, within those limits.
  public OperationList(ClickHouse clickHouse, RepeatedTraces repeated, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.repeated = repeated;
    this.limits = limits;
    this.cuts = new RuleCuts(clickHouse, limits);
  }

  /// The operations of a service with a span that starts in that range.
  Found find(String service, TimeRange range) throws ClickHouseException {
    Query query =
        Query.of(sql(repeated.spans(range)))
            .with("service", service)
            .with("from", range.startNanos())
            .with("to", range.endNanos())
            .with("limit", OPERATIONS_MAX + 1L);
    List<OperationFigures> operations = new ArrayList<>();
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      while (rows.next()) {
        operations.add(
            new OperationFigures(
                rows.getString(0),
                OperationFigures.kind(rows.getLong(1)),
                new Requests(rows.getLong(2), rows.getLong(3), Latency.of(rows, 4)),
                new BigInteger(rows.getString(5))));
      }
    }
    boolean truncated = operations.size() > OPERATIONS_MAX;
    return new Found(
        truncated ? operations.subList(0, OPERATIONS_MAX) : operations,
        truncated,
        cuts.before(service, range));
  }
}
