package deepflow.server.storage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Map;

/// How the store keeps what it has.
///
/// @param retention how long after it was stored each thing is kept, while nothing else is chosen.
///   Changed at the next start
/// @param freeBytesMin with less space on the disk the oldest day is dropped
/// @param metricsKeys sets of tags that the metrics of a block tell apart; those of a minute eight
///   times as many
/// @param engine table engine of one server or of a cluster's replicas
/// @param replacingEngine the same, of the kind that keeps one of equal rows
/// @param onCluster what stands after a table's name in DDL; empty for one server
public record StoreConfig(
    Lifetimes retention,
    long freeBytesMin,
    int metricsKeys,
    String engine,
    String replacingEngine,
    String onCluster) {
  /// What is told apart unless it is set.
  public static final int METRICS_KEYS = RedKeys.ROWS_MAX;

  /// What can be set.
  public static final int METRICS_KEYS_MAX = RedKeys.ROWS_MOST;

  private static final long FREE_BYTES_MIN = 1L << 30;

  public StoreConfig {
    requireNonNull(engine, "engine");
    requireNonNull(replacingEngine, "replacingEngine");
    requireNonNull(onCluster, "onCluster");
    requireNonNull(retention, "retention");
    if (metricsKeys < 1 || metricsKeys > METRICS_KEYS_MAX) {
      throw new IllegalArgumentException("%s metrics keys".formatted(metricsKeys));
    }
  }

  /// For a single server, as the embedded engine is one.
  public static StoreConfig single(Duration retention) {
    return single(Lifetimes.of(retention));
  }

  /// The same, with all that can be set of it.
  public static StoreConfig single(Lifetimes retention) {
    return new StoreConfig(
        retention, FREE_BYTES_MIN, METRICS_KEYS, "MergeTree", "ReplacingMergeTree", "");
  }

  /// The same with other limits of metrics.
  public StoreConfig withMetricsKeys(int keys) {
    return new StoreConfig(retention, freeBytesMin, keys, engine, replacingEngine, onCluster);
  }

  /// What is held to drop days with on a full disk: 64 MiB where 1 GiB stays free.
  long ballastBytes() {
    return freeBytesMin / 16;
  }

  /// Values of the placeholders in the schema files.
  Map<String, String> placeholders() {
    return Map.of(
        "engine",
        engine,
        "replacing_engine",
        replacingEngine,
        "on_cluster",
        onCluster,
        "retention",
        seconds(retention.spans().longest()),
        "retention_envelopes",
        seconds(retention.envelopes()),
        "retention_seconds",
        seconds(retention.metrics1s()),
        "retention_minutes",
        seconds(retention.metrics1m()),
        "retention_blocks",
        seconds(retention.blocks()));
  }

  private static String seconds(Duration length) {
    return Long.toString(length.toSeconds());
  }
}
