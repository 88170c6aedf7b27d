package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives the tables of what is known of blocks the time to live that they are to have, where they
/// have another one; of all others [Expiry] takes care.
final class Retention {
  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

  private static final String ROWS = "%s + toIntervalSecond(%%s)";

  /// What a report says of itself, and what is of the furthest batch and not of the last report.
  private static final Set<String> KEPT_APART =
      Set.of("agent", "minute", "reported", "through", "covered");

  /// Of each agent the last report of a month stays for ever: what an agent says are sums of all
  /// that it ever had, and what it had since then is more than that.
  private static final String LAST_REPORTS =
      ROWS.formatted("minute")
          + " GROUP BY agent SET "
          + new ReportBlock()
              .block().columns().keySet().stream()
                  .filter(column -> !KEPT_APART.contains(column))
                  .map(column -> "%1$s = argMax(%1$s, reported)".formatted(column))
                  .collect(Collectors.joining(", "))
          + ", covered = argMax(covered, through), minute = max(minute), reported = max(reported), through = max(through)";

  /// The time to live of each table, without its seconds.
  private static final Map<String, String> TABLES =
      Map.of(
          "blocks", ROWS.formatted("block_time"),
          "refusals", ROWS.formatted("block_time"),
          "agent_reports", LAST_REPORTS,
          "expiry_cuts", ROWS.formatted("day"),
          "expired", ROWS.formatted("day"));

  /// Of these the engine must drop nothing by itself: [Expiry] counts what goes of the first, and
  /// [SideTables] knows what is needed of the others.
  private static final List<List<String>> OURS = List.of(Expiry.TABLES, SideTables.TABLES);

  private final ClickHouse clickHouse;
  private final StoreConfig config;

  Retention(ClickHouse clickHouse, StoreConfig config) {
    this.clickHouse = clickHouse;
    this.config = config;
  }

  void apply(Lifetimes kept) throws ClickHouseException {
    removeFromOurs();
    long seconds = kept.blocks().toSeconds();
    for (Map.Entry<String, String> table : TABLES.entrySet()) {
      String ttl = table.getValue().formatted(seconds);
      if (!engine(table.getKey()).contains("TTL " + ttl + " ")) {
        LOG.info("table {} keeps rows for {} s from now on", table.getKey(), seconds);
        clickHouse.execute(
            Query.of(
                "ALTER TABLE deepflow.%s %s MODIFY SETTING materialize_ttl_recalculate_only = 1"
                    .formatted(table.getKey(), config.onCluster())));
        clickHouse.execute(
            Query.of(
                    "ALTER TABLE deepflow.%s %s MODIFY TTL %s"
                        .formatted(table.getKey(), config.onCluster(), ttl))
                // Parts that are there know when they expire, and would go by that.
                .setting("materialize_ttl_after_modify", 1)
                .setting("mutations_sync", 0));
      }
    }
  }

  private void removeFromOurs() throws ClickHouseException {
    for (String table : OURS.stream().flatMap(List::stream).toList()) {
      if (engine(table).contains(" TTL ")) {
        clickHouse.execute(
            Query.of("ALTER TABLE deepflow.%s %s REMOVE TTL".formatted(table, config.onCluster())));
      }
    }
  }

  private String engine(String table) throws ClickHouseException {
    var query =
        Query.of(
                "SELECT engine_full FROM system.tables"
                    + " WHERE database = 'deepflow' AND name = {table:String}")
            .with("table", table);
    try (Rows rows = clickHouse.query(query)) {
      return rows.next() ? rows.getString(0) : "";
    }
  }
}
