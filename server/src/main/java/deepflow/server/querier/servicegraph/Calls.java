package deepflow.server.querier.servicegraph;

import deepflow.clickhouse.Rows;
import org.jspecify.annotations.Nullable;

/// How many calls, how many of them failed, how long they took.
///
/// @param p50Nanos half of them took no longer, within 1 %; null when none took a µs
record Calls(
    long count,
    long errors,
    @Nullable Long p50Nanos,
    @Nullable Long p95Nanos,
    @Nullable Long p99Nanos) {

  static final Calls NONE = new Calls(0, 0, null, null, null);

  /// Five columns of a row, from that one on; quantiles are in µs there.
  static Calls of(Rows row, int column) {
    return new Calls(
        row.getLong(column),
        row.getLong(column + 1),
        nanos(row.get(column + 2)),
        nanos(row.get(column + 3)),
        nanos(row.get(column + 4)));
  }

  private static @Nullable Long nanos(@Nullable Object micros) {
    return micros instanceof Number number ? Math.round(number.doubleValue() * 1_000) : null;
  }
}
