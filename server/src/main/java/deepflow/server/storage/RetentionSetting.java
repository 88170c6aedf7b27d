package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// How long spans are kept, as it is set: by the store's operator, else by the configuration. A
/// change is heeded within a minute.
public final class RetentionSetting {
  private final ClickHouse clickHouse;
  private final RetentionRules configured;

  /// Of that store.
  ///
  /// @param configured what counts while nothing is chosen
  public RetentionSetting(ClickHouse clickHouse, RetentionRules configured) {
    this.clickHouse = clickHouse;
    this.configured = configured;
  }

  /// What counts.
  ///
  /// @param chosen whether an operator chose it, else it is the configuration
  public record Current(RetentionRules rules, boolean chosen) {}

  /// What counts now.
  public Current current() throws ClickHouseException {
    String sql =
        "SELECT chosen, rules, otherwise FROM deepflow.retention_rules"
            + " ORDER BY version DESC LIMIT 1";
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      if (!rows.next() || rows.getLong(0) == 0) {
        return new Current(configured, false);
      }
      List<RetentionRule> rules =
          ((List<?>) Objects.requireNonNull(rows.get(1)))
              .stream().map(rule -> RetentionRule.parse(String.valueOf(rule))).toList();
      return new Current(new RetentionRules(rules, Duration.ofSeconds(rows.getLong(2))), true);
    }
  }

  /// From now on these count, whatever is configured.
  public void choose(RetentionRules rules) throws ClickHouseException {
    write(true, rules);
  }

  /// From now on the configuration counts.
  public void reset() throws ClickHouseException {
    write(false, configured);
  }

  private synchronized void write(boolean chosen, RetentionRules rules) throws ClickHouseException {
    clickHouse.execute(
        Query.of(
                "INSERT INTO deepflow.retention_rules SELECT"
                    + " (SELECT max(version) FROM deepflow.retention_rules) + 1, {chosen:UInt8},"
                    + " {rules:Array(String)}, {otherwise:UInt64}")
            .with("chosen", chosen ? 1 : 0)
            .with("rules", rules.rules().stream().map(RetentionRule::toString).toList())
            .with("otherwise", rules.otherwise().toSeconds())
            .setting("async_insert", 0));
  }
}
