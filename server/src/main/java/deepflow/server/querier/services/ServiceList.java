package deepflow.server.querier.services;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.RedSpan;
import deepflow.server.storage.RepeatedTraces;
import deepflow.server.storage.SpanReader.TimeRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;

/// Lists the services that have spans, with their RED.
///
/// One pass over seven narrow columns of the spans, each of which counts once.
public final class ServiceList {

  static final int SERVICES_MAX = 1_000;

  /// The quantiles of all buckets come from their states: each span is read once.
  ///
  /// @param spans the table, with each span once
  static String sql(String spans) {
    return """
    SELECT
      service,
      grouping(bucket) AS whole,
      toInt64(intDiv(toUnixTimestamp64Nano(start_time) - {first:Int64}, {step:Int64})) AS bucket,
      count() AS spans,
      countIf(%1$s) AS requests,
      countIf(%1$s AND %2$s) AS errors,
      %3$s(greatest(duration, 0), %1$s) AS latency
    FROM %4$s
    WHERE start_time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')
      AND start_time <= fromUnixTimestamp64Nano({to:Int64}, 'UTC')
    GROUP BY ROLLUP(service, bucket)
    HAVING grouping(service) = 0
    ORDER BY service, whole DESC, bucket
    """
        .formatted(Requests.ARE_SPANS, RedSpan.FAILED, Latency.SQL_IF, spans);
  }

  /// What was found.
  ///
  /// @param services by name
  /// @param truncated whether there are more
  /// @param cutBefore ns since 1970-01-01 UTC, before which there are only the spans that rules
  ///   keep; empty when all are there
  record Found(
      Buckets buckets, List<ServiceFigures> services, boolean truncated, OptionalLong cutBefore) {}

  private final ClickHouse clickHouse;
  private final RepeatedTraces repeated;
  private final QueryLimits limits;
  private final RuleCuts cuts;

  /// Asks that ClickHouse, within those limits.
  public ServiceList(ClickHouse clickHouse, RepeatedTraces repeated, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.repeated = repeated;
    this.limits = limits;
    this.cuts = new RuleCuts(clickHouse, limits);
  }

  /// The services with a span that starts in that range.
  Found find(TimeRange range) throws ClickHouseException {
    Buckets buckets = Buckets.of(range.startNanos(), range.endNanos());
    Query query =
        Query.of(sql(repeated.spans(range)))
            .with("first", buckets.fromNanos())
            .with("step", buckets.stepNanos())
            .with("from", range.startNanos())
            .with("to", range.endNanos());
    OptionalLong cutBefore = cuts.before(range);
    List<ServiceFigures> services = new ArrayList<>();
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      while (rows.next()) {
        Requests requests = new Requests(rows.getLong(4), rows.getLong(5), Latency.of(rows, 6));
        if (rows.getLong(1) == 0) {
          services.getLast().series().set((int) rows.getLong(2), requests);
        } else if (services.size() == SERVICES_MAX) {
          return new Found(buckets, services, true, cutBefore);
        } else {
          services.add(
              new ServiceFigures(
                  rows.getString(0),
                  rows.getLong(3),
                  requests,
                  new ArrayList<>(Collections.nCopies(buckets.count(), Requests.NONE))));
        }
      }
    }
    return new Found(buckets, services, false, cutBefore);
  }
}
