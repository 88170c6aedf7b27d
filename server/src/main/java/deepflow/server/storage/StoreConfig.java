package deepflow.server.storage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Map;

/// How the store keeps spans.
///
/// @param retention how long after it was stored a span is kept, in whole seconds, while nothing
///   else is chosen. Spans go a day at a time. Changed at the next start
/// @param freeBytesMin with less space on the disk the oldest day is dropped
/// @param metricsKeys sets of tags that the metrics of a block tell apart; those of a minute eight
///   times as many
/// @param engine table engine of one server or of a cluster's replicas
/// @param replacingEngine the same, of the kind that keeps one of equal rows
/// @param onCluster what stands after a table's name in DDL; empty for one server
public record StoreConfig(
    RetentionRules retention,
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
  private static final Duration ENVELOPES_LONGER = Duration.ofDays(2);
  private static final long BLOCKS_LONGER = Duration.ofDays(400).toSeconds();

  /// How long metrics by seconds and by minutes are kept, as in DeepFlow.
  static final Duration SECONDS_KEPT = Duration.ofDays(1);

  static final Duration MINUTES_KEPT = Duration.ofDays(7);

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
    return single(RetentionRules.of(retention));
  }

  /// The same, with rules.
  public static StoreConfig single(RetentionRules retention) {
    return new StoreConfig(
        retention, FREE_BYTES_MIN, METRICS_KEYS, "MergeTree", "ReplacingMergeTree", "");
  }

  /// The same with other limits of metrics.
  public StoreConfig withMetricsKeys(int keys) {
    return new StoreConfig(retention, freeBytesMin, keys, engine, replacingEngine, onCluster);
  }

  StoreConfig withRetention(RetentionRules other) {
    return new StoreConfig(other, freeBytesMin, metricsKeys, engine, replacingEngine, onCluster);
  }

  /// How long resources and the like are kept, which spans and metrics need.
  ///
  /// @param spans what spans are kept for
  static Duration envelopesKept(Duration spans) {
    return (spans.compareTo(MINUTES_KEPT) > 0 ? spans : MINUTES_KEPT).plus(ENVELOPES_LONGER);
  }

  /// Values of the placeholders in the schema files.
  Map<String, String> placeholders() {
    long seconds = retention.longest().toSeconds();
    return Map.of(
        "engine",
        engine,
        "replacing_engine",
        replacingEngine,
        "on_cluster",
        onCluster,
        "retention",
        Long.toString(seconds),
        "retention_envelopes",
        Long.toString(envelopesKept(retention.longest()).toSeconds()),
        "retention_seconds",
        Long.toString(SECONDS_KEPT.toSeconds()),
        "retention_minutes",
        Long.toString(MINUTES_KEPT.toSeconds()),
        "retention_blocks",
        Long.toString(seconds + BLOCKS_LONGER));
  }
}
