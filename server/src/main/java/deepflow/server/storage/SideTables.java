package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Drops what is over of metrics and of what spans need, each day once. The engine would do it as
/// soon as it is there: before it was told how long things are kept from now on, and before seconds
/// are rolled up that a process left behind when it was stopped.
final class SideTables {
  /// Of each table that is kept as long as the spans and metrics that need it: the day of a row.
  private static final Map<String, String> ENVELOPES =
      Map.of(
          "resources", "day",
          "scopes", "day",
          "labels", "day",
          "repeated_traces", "toDate(block_time)");

  /// All of them.
  static final List<String> TABLES =
      List.of(
          "resources",
          "scopes",
          "labels",
          "repeated_traces",
          "rollups",
          "red_1s",
          "red_1m",
          "service_calls",
          "span_links");

  private final ClickHouse clickHouse;
  private final StoreConfig config;
  private final WallClock clock;

  SideTables(ClickHouse clickHouse, StoreConfig config, WallClock clock) {
    this.clickHouse = clickHouse;
    this.config = config;
    this.clock = clock;
  }

  void expire(Lifetimes kept, Steps steps) throws ClickHouseException {
    LocalDate firstEnvelopes = clock.firstDay(kept.envelopes());
    for (Map.Entry<String, String> table : ENVELOPES.entrySet()) {
      String condition = "%s < '%s'".formatted(table.getValue(), firstEnvelopes);
      steps.run(old(table.getKey()), () -> delete(table.getKey(), condition));
    }
    steps.run(old("red_1s") + " and of rollups", () -> expireRolledUp(kept));
    dropDays("red_1m", clock.firstDay(kept.metrics1m()), steps);
    dropDays("service_calls", clock.firstDay(kept.serviceGraph()), steps);
    dropDays("span_links", clock.firstDay(kept.serviceGraph()), steps);
  }

  private static String old(String table) {
    return "what is over of table " + table;
  }

  private void expireRolledUp(Lifetimes kept) throws ClickHouseException {
    LocalDate firstRollups = clock.firstDay(kept.rollups());
    long rolledUp =
        Store.number(clickHouse, Query.of("SELECT max(block_end) FROM deepflow.rollups"));
    dropSeconds(clock.firstDay(kept.metrics1s()), rolledUp, firstRollups);
    // The last one says where the next one begins.
    delete(
        "rollups",
        "toDate(block_time) < '%s' AND block_end < %s".formatted(firstRollups, rolledUp));
  }

  /// Doesn't wait for the engine, which may have to wait for space.
  private void delete(String table, String condition) throws ClickHouseException {
    boolean hasSome =
        Store.number(
                clickHouse,
                Query.of("SELECT 1 FROM deepflow.%s WHERE %s LIMIT 1".formatted(table, condition)))
            > 0;
    if (hasSome && !isBeingChanged(table)) {
      clickHouse.execute(
          Query.of(
                  "ALTER TABLE deepflow.%s %s DELETE WHERE %s"
                      .formatted(table, config.onCluster(), condition))
              .setting("mutations_sync", 0));
    }
  }

  private boolean isBeingChanged(String table) throws ClickHouseException {
    Query query =
        Query.of(
                "SELECT count() FROM system.mutations WHERE database = 'deepflow'"
                    + " AND table = {table:String} AND NOT is_done")
            .with("table", table);
    return Store.number(clickHouse, query) > 0;
  }

  /// Seconds of a day go when all of them are in minutes and calls, or would be in none that is
  /// kept.
  private void dropSeconds(LocalDate first, long rolledUp, LocalDate firstRollups)
      throws ClickHouseException {
    Query over =
        Query.of(
                "SELECT toString(toDate(block_time)) AS day FROM deepflow.red_1s"
                    + " WHERE toDate(block_time) < {first:Date} GROUP BY day"
                    + " HAVING maxIf(block_id, correction = 0) < {rolled_up:UInt64}"
                    + " OR day < {first_rollups:String}")
            .with("first", first.toString())
            .with("rolled_up", Long.toUnsignedString(rolledUp))
            .with("first_rollups", firstRollups.toString());
    drop("red_1s", over);
  }

  private void dropDays(String table, LocalDate first, Steps steps) throws ClickHouseException {
    Query over =
        Query.of(
                "SELECT DISTINCT partition FROM system.parts WHERE database = 'deepflow'"
                    + " AND table = {table:String} AND active AND partition < {first:String}")
            .with("table", table)
            .with("first", first.toString());
    steps.run(old(table), () -> drop(table, over));
  }

  private void drop(String table, Query over) throws ClickHouseException {
    List<String> days = new ArrayList<>();
    try (Rows rows = clickHouse.query(over)) {
      while (rows.next()) {
        days.add(rows.getString(0));
      }
    }
    for (String day : days) {
      clickHouse.execute(
          Query.of(
              "ALTER TABLE deepflow.%s %s DROP PARTITION '%s'"
                  .formatted(table, config.onCluster(), day)));
    }
  }
}
