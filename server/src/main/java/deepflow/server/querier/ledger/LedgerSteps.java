package deepflow.server.querier.ledger;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LossLedger.By;
import deepflow.server.storage.Coverage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What became of spans in each stretch of time, so that each stretch has a balance of its own.
///
/// An agent's report says how many spans are in batches up to one. So what is here of a batch
/// belongs to the first stretch whose last report covers it, and must then be just as many. What no
/// report covers yet is *in flight* in the stretch of its block: the agent will count it.
public final class LedgerSteps {

  /// A step that has all of every time.
  static final long ONE = 0xFFFF_FFFFL;

  private static final int TIMEOUT_EXCEEDED = 159;

  /// With more in memory, what blocks have is put on the disk.
  private static final long GROUPS_BYTES = 128 << 20;

  private static final String REPORTS = Coverage.reports(ReportSums.STEP, LedgerReach.OF_REPORTS);

  /// In a stretch.
  ///
  /// @param time when it begins, Unix seconds
  record Entry(long time, LedgerEntry spans) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final LedgerReach reach;

  /// Asks that ClickHouse, within those limits.
  public LedgerSteps(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
    this.reach = new LedgerReach(clickHouse, limits);
  }

  private static String here(By by) {
    return String.join(
        " UNION ALL ",
        stored(by),
        here(Fate.REFUSED, refusals("!=")),
        here(Fate.MERGED, refusals("=")),
        here(
            Fate.EXPIRED,
            "SELECT hour AS made, agent, service, reason, batch_max AS first, batch_max AS last, toInt64(spans) AS spans FROM deepflow.expired WHERE "
                + LedgerReach.OF_HOURS));
  }

  private static String stored(By by) {
    String service = by == By.SERVICE ? "service" : "''";
    return Coverage.spans("toStartOfMinute", service, "spans", LedgerReach.OF_BLOCKS, REPORTS)
        .stream()
        .map(rows -> here(Fate.STORED, "SELECT *, '' AS reason FROM (%s)".formatted(rows)))
        .collect(Collectors.joining(" UNION ALL "));
  }

  private static String refusals(String comparison) {
    return "SELECT toStartOfMinute(block_time) AS made, agent, '' AS service, reason, batch AS first, batch AS last, toInt64(spans) AS spans FROM deepflow."
        + LossLedger.refusals(LedgerReach.OF_BLOCKS, comparison);
  }

  /// What a table has, in the step of the report that covers it.
  private static String here(Fate fate, String rows) {
    return "SELECT if(toUnixTimestamp(covered) = 0, made, covered) AS minute, agent, service, entry.1 AS fate, entry.2 AS reason, entry.3 AS n FROM (SELECT made, covered, agent, service, arrayJoin([('%s', reason, spans), (if(agent IN (SELECT agent FROM deepflow.agent_reports), 'UNREPORTED', 'RECEIVED'), '', if(toUnixTimestamp(covered) = 0, spans, 0))]) AS entry FROM (%s) WHERE whole)"
        .formatted(fate, Coverage.of("made, service, reason, spans", rows, REPORTS));
  }

  /// The spans between two times.
  ///
  /// @param fromSeconds Unix seconds, a whole minute; included
  /// @param toSeconds the last second of a minute, or no earlier than the last report; included
  /// @param stepSeconds whole minutes, or [#ONE]
  List<Entry> entries(By by, long fromSeconds, long toSeconds, long stepSeconds)
      throws ClickHouseException {
    String sql =
        "SELECT intDiv(toUnixTimestamp(minute), {step:UInt32}) * {step:UInt32} AS time, %s AS key, fate, reason, sum(n) FROM (%s UNION ALL %s) WHERE minute >= toDateTime({from:UInt32}, 'UTC') GROUP BY time, key, fate, reason HAVING sum(n) != 0 ORDER BY time, key, fate, reason LIMIT %s"
            .formatted(by.key(), ReportSums.bySteps(), here(by), LossLedger.ROWS_MAX + 1);
    try {
      Query query = reach.bound(Query.of(sql).with("step", stepSeconds), fromSeconds, toSeconds);
      return read(limits.bound(query).setting("max_bytes_before_external_group_by", GROUPS_BYTES));
    } catch (ClickHouseException e) {
      if (e.code() == TIMEOUT_EXCEEDED || e.isOutOfMemory()) {
        throw tooLong(fromSeconds, toSeconds);
      }
      throw e;
    }
  }

  private RefusedException tooLong(long fromSeconds, long toSeconds) {
    long half = (fromSeconds + toSeconds) / 2 / 60 * 60;
    return new RefusedException(
        "the ledger from %s to %s takes more than the %s s or %s MiB that a question may have"
            .formatted(
                Instant.ofEpochSecond(fromSeconds),
                Instant.ofEpochSecond(toSeconds),
                limits.time().toSeconds(),
                limits.memoryBytesMax() >> 20),
        "ask for a shorter time: start=%s000000000 is half of it".formatted(half));
  }

  private List<Entry> read(Query query) throws ClickHouseException {
    List<Entry> entries = new ArrayList<>();
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        entries.add(
            new Entry(
                rows.getLong(0),
                new LedgerEntry(
                    rows.getString(1),
                    Fate.valueOf(rows.getString(2)),
                    rows.getString(3),
                    rows.getLong(4))));
      }
    }
    return entries;
  }
}
