package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/// Which cuts of spans are under way: each is counted in table `expired` first, by its number, and
/// noted in table `expiry_cuts` when what was counted is gone. A process that dies in between
/// leaves it pending.
final class ExpiryCuts {
  private final ClickHouse clickHouse;

  ExpiryCuts(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /// What was counted and may be there still.
  record Pending(LocalDate day, long cut) {}

  /// A number that no cut has.
  long next() throws ClickHouseException {
    return 1
        + Store.number(
            clickHouse,
            Query.of(
                "SELECT greatest((SELECT max(cut) FROM deepflow.expired),"
                    + " (SELECT max(cut) FROM deepflow.expiry_cuts))"));
  }

  /// Those that take the traces out of a day that no rule keeps. Their copies go after the note: a
  /// cut without them is complete, and its note has expired before what it is a note of.
  List<Pending> pendingByRule() throws ClickHouseException {
    return pending(
        "reason = 'rule' AND 3 = (SELECT count() FROM system.tables WHERE database = 'deepflow'"
            + " AND name IN ('spans_kept', 'trace_index_kept', 'link_index_kept'))");
  }

  /// All of them.
  List<Pending> pending() throws ClickHouseException {
    List<Pending> all = new ArrayList<>(pendingByRule());
    all.addAll(pendingByDay());
    return all;
  }

  /// Those that take whole days.
  List<Pending> pendingByDay() throws ClickHouseException {
    return pending("reason != 'rule'");
  }

  private List<Pending> pending(String condition) throws ClickHouseException {
    Query query =
        Query.of(
            "SELECT DISTINCT day, cut FROM deepflow.expired WHERE cut != 0"
                + " AND cut NOT IN (SELECT cut FROM deepflow.expiry_cuts)"
                + " AND "
                + condition);
    List<Pending> pending = new ArrayList<>();
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        pending.add(new Pending(LocalDate.ofEpochDay(rows.getLong(0)), rows.getLong(1)));
      }
    }
    return pending;
  }

  /// Notes that what was counted is gone.
  void complete(LocalDate day, long cut) throws ClickHouseException {
    clickHouse.execute(
        Query.of("INSERT INTO deepflow.expiry_cuts SELECT {day:Date}, {cut:UInt64}")
            .with("day", day.toString())
            .with("cut", cut)
            .setting("async_insert", 0));
  }
}
