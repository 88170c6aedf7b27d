package deepflow.server.querier.traces;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// Lists traces, newest first, from the index of traces.
public final class TraceList {

  /// The newest are looked for in a short stretch first, then in ever longer ones.
  private static final long FIRST_STRETCH = Duration.ofMinutes(1).toNanos();

  private static final int GROWTH = 10;

  /// A trace's rows may lie in several blocks; they are counted together when they start within
  /// this.
  private static final long TRACE_LENGTH = Duration.ofHours(1).toNanos();

  private static final String SQL =
      """
      SELECT
        lower(hex(trace_id)) AS id,
        min(toUnixTimestamp64Nano(start_time)) AS started,
        max(toUnixTimestamp64Nano(end_time)) - started AS lasted,
        anyIf(root_service, has_root = 1) AS service,
        anyIf(root_name, has_root = 1) AS name,
        sum(span_count) AS spans,
        sum(error_count) AS errors,
        arraySort(groupUniqArrayArray(services)) AS all_services
      FROM deepflow.trace_index
      WHERE start_time >= fromUnixTimestamp64Nano({rows_from:Int64}, 'UTC')
        AND start_time <= fromUnixTimestamp64Nano({rows_to:Int64}, 'UTC')
      GROUP BY trace_id
      HAVING started >= {from:Int64} AND started <= {to:Int64}
        AND ({errors:UInt8} = 0 OR errors > 0)
        AND ({service:String} = '' OR has(all_services, {service:String}))
      ORDER BY started DESC, id
      LIMIT {limit:UInt64}
      """;

  /// What was found.
  ///
  /// @param truncated whether there are more
  record Found(List<TraceSummary> traces, boolean truncated) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final InstantSource clock;

  /// Asks that ClickHouse, within those limits.
  public TraceList(ClickHouse clickHouse, QueryLimits limits, InstantSource clock) {
    this.clickHouse = clickHouse;
    this.limits = limits;
    this.clock = clock;
  }

  Found find(TraceFilter filter) throws ClickHouseException {
    long now = TimeUnit.MILLISECONDS.toNanos(clock.millis());
    long newest = Math.min(filter.endNanos(), now); // spans of the future are in each stretch
    long stretch = FIRST_STRETCH;
    while (true) {
      boolean all = stretch == Long.MAX_VALUE;
      long from = all ? filter.startNanos() : startOf(filter, minus(newest, stretch));
      List<TraceSummary> traces = find(filter, from);
      boolean truncated = traces.size() > filter.limit();
      if (truncated || from == filter.startNanos()) {
        return new Found(truncated ? traces.subList(0, filter.limit()) : traces, truncated);
      }
      stretch = stretch > Long.MAX_VALUE / GROWTH ? Long.MAX_VALUE : stretch * GROWTH;
    }
  }

  private static long startOf(TraceFilter filter, long stretchStart) {
    return Math.max(filter.startNanos(), stretchStart);
  }

  private List<TraceSummary> find(TraceFilter filter, long from) throws ClickHouseException {
    Query query =
        Query.of(SQL)
            .with("rows_from", minus(from, TRACE_LENGTH))
            .with("rows_to", plus(filter.endNanos(), TRACE_LENGTH))
            .with("from", from)
            .with("to", filter.endNanos())
            .with("errors", filter.errors() ? 1 : 0)
            .with("service", filter.service())
            .with("limit", filter.limit() + 1L);
    List<TraceSummary> traces = new ArrayList<>();
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      while (rows.next()) {
        traces.add(summary(rows));
      }
    }
    return traces;
  }

  private static TraceSummary summary(Rows rows) {
    List<?> services = (List<?>) Objects.requireNonNull(rows.get(7));
    return new TraceSummary(
        rows.getString(0),
        rows.getLong(1),
        rows.getLong(2),
        rows.getString(3),
        rows.getString(4),
        rows.getLong(5),
        rows.getLong(6),
        services.stream().map(Objects::toString).toList());
  }

  private static long minus(long time, long nanos) {
    return time < Long.MIN_VALUE + nanos ? Long.MIN_VALUE : time - nanos;
  }

  private static long plus(long time, long nanos) {
    return time > Long.MAX_VALUE - nanos ? Long.MAX_VALUE : time + nanos;
  }
}
