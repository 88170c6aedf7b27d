package deepflow.server.querier.services;

import deepflow.clickhouse.Rows;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How long spans took, in ns: so many percent of them took no longer.
record Latency(long p50, long p95, long p99) {

  /// Quantiles of a span's duration, as a list of three. A span that ends before it starts took 0.
  ///
  /// A DDSketch: whatever the durations are, an answer is within 1 % of the true one, and the same
  /// each time. quantilesTDigest costs as much and errs without a bound; quantilesExact needs 8
  /// bytes a span.
  static final String SQL = "quantilesDD(0.01, 0.5, 0.95, 0.99)";

  /// The same of those spans for which a second argument is true.
  static final String SQL_IF = "quantilesDDIf(0.01, 0.5, 0.95, 0.99)";

  /// The quantiles of a row.
  ///
  /// @return null when there were no spans
  static @Nullable Latency of(Rows rows, int column) {
    List<?> quantiles = (List<?>) Objects.requireNonNull(rows.get(column));
    double p50 = (Double) Objects.requireNonNull(quantiles.get(0));
    return Double.isNaN(p50)
        ? null
        : new Latency(Math.round(p50), round(quantiles.get(1)), round(quantiles.get(2)));
  }

  private static long round(@Nullable Object quantile) {
    return Math.round((Double) Objects.requireNonNull(quantile));
  }
}
