package deepflow.server.querier.traces;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import java.util.ArrayList;
import java.util.List;

/// Lists the services that have spans.
public final class ServiceList {

  private static final int SERVICES_MAX = 10_000;

  private static final String SQL =
      """
      SELECT service, count() AS spans
      FROM deepflow.spans
      WHERE start_time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')
        AND start_time <= fromUnixTimestamp64Nano({to:Int64}, 'UTC')
      GROUP BY service
      ORDER BY service
      LIMIT {limit:UInt64}
      """;

  /// A service and how many spans it has.
  record Service(String name, long spanCount) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  /// Asks that ClickHouse, within those limits.
  public ServiceList(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  List<Service> find(long startNanos, long endNanos) throws ClickHouseException {
    Query query =
        Query.of(SQL)
            .with("from", startNanos)
            .with("to", endNanos)
            .with("limit", SERVICES_MAX);
    List<Service> services = new ArrayList<>();
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      while (rows.next()) {
        services.add(new Service(rows.getString(0), rows.getLong(1)));
      }
    }
    return services;
  }
}
