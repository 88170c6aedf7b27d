package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drops spans a day at a time: when the day is over for as long as spans are kept, and, the oldest
/// first, when the disk has hardly any space left. Today stays in any case.
///
/// What a day had goes into table `expired` first, as one part, then the day is dropped. A process
/// that dies in between leaves a day that both tables have: the next look drops it without counting
/// it again. The engine's own TTL would drop without telling.
public final class Expiry {
  private static final Logger LOG = LoggerFactory.getLogger(Expiry.class);

  private final ClickHouse clickHouse;
  private final Duration retention;
  private final long freeBytesMin;
  private final String onCluster;
  private final InstantSource clock;

  Expiry(ClickHouse clickHouse, StoreConfig config, InstantSource clock) {
    this.clickHouse = clickHouse;
    this.retention = config.retention();
    this.freeBytesMin = config.freeBytesMin();
    this.onCluster = config.onCluster();
    this.clock = clock;
  }

  /// Drops what is due.
  public void run() throws ClickHouseException {
    List<LocalDate> days = days();
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    LocalDate kept = LocalDate.ofInstant(clock.instant().minus(retention), ZoneOffset.UTC);
    for (LocalDate day : days) {
      if (day.isBefore(kept) || isCounted(day)) {
        drop(day, "age");
      } else if (day.isBefore(today) && isFull()) {
        LOG.warn("the disk is nearly full: dropping the spans of {}", day);
        drop(day, "space");
      }
    }
  }

  /// The days that have spans, the oldest first.
  private List<LocalDate> days() throws ClickHouseException {
    List<LocalDate> days = new ArrayList<>();
    try (Rows rows =
        clickHouse.query(
            Query.of(
                "SELECT DISTINCT partition FROM system.parts WHERE database = 'deepflow'"
                    + " AND table IN ('spans', 'trace_index') AND active ORDER BY partition"))) {
      while (rows.next()) {
        days.add(LocalDate.parse(rows.getString(0)));
      }
    }
    return days;
  }

  private boolean isCounted(LocalDate day) throws ClickHouseException {
    return Store.number(
            clickHouse,
            Query.of("SELECT count() FROM deepflow.expired WHERE day = {day:Date}")
                .with("day", day.toString()))
        > 0;
  }

  private boolean isFull() throws ClickHouseException {
    return Store.number(
            clickHouse,
            Query.of("SELECT min(least(unreserved_space, 9000000000000000000)) FROM system.disks"))
        < freeBytesMin;
  }

  private void drop(LocalDate day, String reason) throws ClickHouseException {
    if (!isCounted(day)) {
      // One block makes one part: all of the count is there or nothing.
      clickHouse.execute(
          Query.of(
                  "INSERT INTO deepflow.expired SELECT toDate(block_time) AS day,"
                      + " toStartOfHour(block_time) AS hour, agent, service, {reason:String},"
                      + " max(batch), count() FROM deepflow.spans"
                      + " WHERE toDate(block_time) = {day:Date} GROUP BY day, hour, agent, service")
              .with("reason", reason)
              .with("day", day.toString())
              .setting("async_insert", 0)
              .setting("max_insert_threads", 1)
              .setting("min_insert_block_size_rows", 1_000_000_000)
              .setting("min_insert_block_size_bytes", 0)
              .setting("max_insert_block_size", 1_000_000_000));
    }
    for (String table : List.of("spans", "trace_index")) {
      clickHouse.execute(
          Query.of(
              "ALTER TABLE deepflow.%s %s DROP PARTITION '%s'".formatted(table, onCluster, day)));
    }
    LOG.info("dropped the spans of {} ({})", day, reason);
  }
}
