package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// How long what is stored is kept, as it is set: by the store's operator, else by the
/// configuration. A change is heeded within a minute.
public final class RetentionSetting {
  private final ClickHouse clickHouse;
  private final Lifetimes configured;

  /// Of that store.
  ///
  /// @param configured what counts while nothing is chosen
  public RetentionSetting(ClickHouse clickHouse, Lifetimes configured) {
    this.clickHouse = clickHouse;
    this.configured = configured;
  }

  /// What counts.
  ///
  /// @param chosen whether an operator chose it, else it is the configuration
  public record Current(Lifetimes lifetimes, boolean chosen) {}

  /// What counts now.
  public Current current() throws ClickHouseException {
    String sql =
        "SELECT chosen, rules, otherwise, metrics_1s, metrics_1m, service_graph"
            + " FROM deepflow.retention_rules ORDER BY version DESC LIMIT 1";
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      if (!rows.next() || rows.getLong(0) == 0) {
        return new Current(configured, false);
      }
      List<RetentionRule> rules =
          ((List<?>) Objects.requireNonNull(rows.get(1)))
              .stream().map(rule -> RetentionRule.parse(String.valueOf(rule))).toList();
      return new Current(
          new Lifetimes(
              new RetentionRules(rules, Duration.ofSeconds(rows.getLong(2))),
              chosen(rows.getLong(3), configured.metrics1s()),
              chosen(rows.getLong(4), configured.metrics1m()),
              chosen(rows.getLong(5), configured.serviceGraph())),
          true);
    }
  }

  /// Those of metrics may have been no choice yet.
  private static Duration chosen(long seconds, Duration otherwise) {
    return seconds == 0 ? otherwise : Duration.ofSeconds(seconds);
  }

  /// From now on these count, whatever is configured.
  public void choose(Lifetimes lifetimes) throws ClickHouseException {
    write(true, lifetimes);
  }

  /// From now on the configuration counts.
  public void reset() throws ClickHouseException {
    write(false, configured);
  }

  private synchronized void write(boolean chosen, Lifetimes kept) throws ClickHouseException {
    clickHouse.execute(
        Query.of(
                "INSERT INTO deepflow.retention_rules (version, chosen, rules, otherwise,"
                    + " metrics_1s, metrics_1m, service_graph) SELECT"
                    + " (SELECT max(version) FROM deepflow.retention_rules) + 1, {chosen:UInt8},"
                    + " {rules:Array(String)}, {otherwise:UInt64}, {metrics_1s:UInt64},"
                    + " {metrics_1m:UInt64}, {service_graph:UInt64}")
            .with("chosen", chosen ? 1 : 0)
            .with("rules", kept.spans().rules().stream().map(RetentionRule::toString).toList())
            .with("otherwise", kept.spans().otherwise().toSeconds())
            .with("metrics_1s", kept.metrics1s().toSeconds())
            .with("metrics_1m", kept.metrics1m().toSeconds())
            .with("service_graph", kept.serviceGraph().toSeconds())
            .setting("async_insert", 0));
  }
}
