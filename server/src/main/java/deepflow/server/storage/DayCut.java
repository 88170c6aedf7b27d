package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ColumnType;
import deepflow.clickhouse.Query;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes out of a day the traces that no rule keeps any longer: what stays is copied into a table
/// beside, what goes is counted in table `expired`, then the copy takes the day's place in one
/// step. So it costs what stays, and a row costs nothing before.
///
/// A process that dies before it has counted begins anew; one that dies after that finds the copy
/// complete and lets it take the day's place.
final class DayCut {
  private static final Logger LOG = LoggerFactory.getLogger(DayCut.class);

  /// Traces of so many rows are looked at together: their ids are held in memory.
  private static final long ROWS_AT_ONCE = 20_000_000;

  private static final List<String> TABLES = List.of("spans", "trace_index");
  private static final String OF_DAY = "toDate(block_time) = {day:Date}";
  private static final String OF_SLICE = "cityHash64(trace_id) % {slices:UInt64} = {slice:UInt64}";

  private final ClickHouse clickHouse;
  private final ExpiryCuts cuts;
  private final String onCluster;

  /// What was looked at and needs no second look.
  private final Set<Cut> done = new HashSet<>();

  private record Cut(LocalDate day, RetentionRules rules, List<Duration> over) {}

  DayCut(ClickHouse clickHouse, ExpiryCuts cuts, String onCluster) {
    this.clickHouse = clickHouse;
    this.cuts = cuts;
    this.onCluster = onCluster;
  }

  /// Cuts a day that is over.
  ///
  /// @param isOver whether a lifetime is over for all of the day
  void cut(LocalDate day, RetentionRules rules, Predicate<Duration> isOver)
      throws ClickHouseException {
    Cut cut = new Cut(day, rules, rules.over(isOver));
    if (cut.over.isEmpty() || !done.add(cut)) {
      return;
    }
    boolean complete = false;
    try {
      RetentionRules.Bound kept = rules.kept(isOver);
      long rows = Store.number(clickHouse, ofDay("SELECT count() FROM deepflow.spans", day));
      long slices = 1 + rows / ROWS_AT_ONCE;
      if (hasOthers(day, kept, slices)) {
        copy(day, kept, slices);
        long id = cuts.next();
        count(day, id);
        finish(day, id);
      }
      complete = true;
    } finally {
      if (!complete) {
        done.remove(cut);
      }
    }
  }

  private static Query ofDay(String sql, LocalDate day) {
    return Query.of(sql + " WHERE " + OF_DAY).with("day", day.toString());
  }

  private static String keptTraces(RetentionRules.Bound kept) {
    return "(SELECT trace_id FROM deepflow.spans WHERE %s AND %s AND %s)"
        .formatted(OF_DAY, OF_SLICE, kept.sql());
  }

  private boolean hasOthers(LocalDate day, RetentionRules.Bound kept, long slices)
      throws ClickHouseException {
    String sql =
        "SELECT 1 FROM deepflow.spans WHERE %s AND %s AND trace_id NOT IN %s LIMIT 1"
            .formatted(OF_DAY, OF_SLICE, keptTraces(kept));
    for (long slice = 0; slice < slices; slice++) {
      if (Store.number(clickHouse, bound(sql, day, kept, slices, slice)) > 0) {
        return true;
      }
    }
    return false;
  }

  private static Query bound(
      String sql, LocalDate day, RetentionRules.Bound kept, long slices, long slice) {
    return kept.to(
        Query.of(sql)
            .with("day", day.toString())
            .with("slices", slices)
            .with("slice", slice)
            .setting("max_threads", 1)
            .setting("async_insert", 0));
  }

  private void copy(LocalDate day, RetentionRules.Bound kept, long slices)
      throws ClickHouseException {
    for (String table : TABLES) {
      clickHouse.execute(
          Query.of("DROP TABLE IF EXISTS deepflow.%s_kept %s SYNC".formatted(table, onCluster)));
      clickHouse.execute(
          Query.of(
              "CREATE TABLE deepflow.%1$s_kept %2$s AS deepflow.%1$s".formatted(table, onCluster)));
    }
    String sql = "INSERT INTO deepflow.%1$s_kept (%2$s) SELECT %2$s FROM deepflow.%1$s WHERE %3$s";
    for (long slice = 0; slice < slices; slice++) {
      String these = "%s AND %s AND trace_id IN %s".formatted(OF_DAY, OF_SLICE, keptTraces(kept));
      clickHouse.execute(
          bound(
              sql.formatted("spans", names(SpanBlock.columnTypes()), these),
              day,
              kept,
              slices,
              slice));
      clickHouse.execute(
          bound(
              sql.formatted(
                  "trace_index",
                  names(SpanBlock.columnTypes(new TraceIndexBlock().block())),
                  these),
              day,
              kept,
              slices,
              slice));
    }
  }

  private static String names(List<ColumnType> columns) {
    return columns.stream().map(ColumnType::name).collect(Collectors.joining(", "));
  }

  /// What the copy lacks.
  private void count(LocalDate day, long id) throws ClickHouseException {
    String rows =
        "SELECT toDate(block_time) AS day, toStartOfHour(block_time) AS hour, agent, service,"
            + " batch, toInt64(%s) AS n FROM deepflow.%s WHERE "
            + OF_DAY;
    clickHouse.execute(
        Expiry.asOnePart(
            Query.of(
                    "INSERT INTO deepflow.expired SELECT day, hour, agent, service, 'rule',"
                        + " max(batch), sum(n) AS gone, {cut:UInt64} FROM (%s UNION ALL %s)"
                            .formatted(
                                rows.formatted("1", "spans"), rows.formatted("-1", "spans_kept"))
                        + " GROUP BY day, hour, agent, service HAVING gone != 0")
                .with("cut", id)
                .with("day", day.toString())));
  }

  /// Completes cuts that a crash left behind.
  void finish() throws ClickHouseException {
    for (ExpiryCuts.Pending pending : cuts.pendingByRule()) {
      finish(pending.day(), pending.cut());
    }
  }

  private void finish(LocalDate day, long id) throws ClickHouseException {
    for (String table : TABLES) {
      String kept = "deepflow.%s_kept".formatted(table);
      boolean empty =
          Store.number(clickHouse, ofDay("SELECT count() FROM %s".formatted(kept), day)) == 0;
      String step =
          empty
              ? "DROP PARTITION '%s'".formatted(day)
              : "REPLACE PARTITION '%s' FROM %s".formatted(day, kept);
      clickHouse.execute(
          Query.of("ALTER TABLE deepflow.%s %s %s".formatted(table, onCluster, step)));
    }
    cuts.complete(day, id);
    for (String table : TABLES) {
      clickHouse.execute(
          Query.of("DROP TABLE IF EXISTS deepflow.%s_kept %s SYNC".formatted(table, onCluster)));
    }
    LOG.info("cut {} to the traces that are kept longer", day);
  }
}
