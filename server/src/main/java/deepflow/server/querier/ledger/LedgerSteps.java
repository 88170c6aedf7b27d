package deepflow.server.querier.ledger;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LossLedger.By;
import java.util.ArrayList;
import java.util.List;

/// What became of spans in each stretch of time, so that each stretch has a balance of its own.
///
/// An agent's report says how many spans are in batches up to one. So what is here of a batch
/// belongs to the first minute whose last report covers it, and must then be just as many. What no
/// report covers yet is *in flight* in the minute of its block: the agent will count it.
public final class LedgerSteps {

  /// A step that has all of every time.
  static final long ONE = 0xFFFF_FFFFL;

  private static final String FIRST_COVERED =
      """
      (SELECT agent, through, min(minute) AS covered FROM (
        SELECT agent, minute, max(last) OVER (PARTITION BY agent ORDER BY minute) AS through FROM (
          SELECT agent, minute, argMax(through, reported) AS last FROM deepflow.agent_reports
          WHERE %s
          GROUP BY agent, minute))
      GROUP BY agent, through) AS r\
      """
          .formatted(LedgerReach.OF_REPORTS);

  private static final String HERE =
      String.join(
          " UNION ALL ",
          here(
              "STORED",
              "block_time",
              "service",
              "''",
              "count()",
              "batch",
              "spans WHERE " + LedgerReach.OF_BLOCKS),
          here(
              "REFUSED",
              "block_time",
              "''",
              "reason",
              "sum(spans)",
              "batch",
              LossLedger.refusals(LedgerReach.OF_BLOCKS, "!=")),
          here(
              "MERGED",
              "block_time",
              "''",
              "reason",
              "sum(spans)",
              "batch",
              LossLedger.refusals(LedgerReach.OF_BLOCKS, "=")),
          here(
              "EXPIRED",
              "hour",
              "service",
              "reason",
              "sum(spans)",
              "batch_max",
              "expired WHERE " + LedgerReach.OF_HOURS));

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

  /// What a table has, in the minute of the report that covers it.
  private static String here(
      String fate,
      String time,
      String service,
      String reason,
      String spans,
      String batch,
      String rows) {
    String groups =
        "SELECT toStartOfMinute(%s) AS made, agent, %s AS service, %s AS reason, %s AS batch, toInt64(%s) AS spans FROM deepflow.%s GROUP BY made, agent, service, reason, batch"
            .formatted(time, service, reason, batch, spans, rows);
    return "SELECT if(toUnixTimestamp(covered) = 0, made, covered) AS minute, agent, service, entry.1 AS fate, reason, entry.2 AS n FROM (SELECT made, covered, agent, service, reason, arrayJoin([('%s', spans), (if(agent IN (SELECT agent FROM deepflow.agent_reports), 'UNREPORTED', 'RECEIVED'), if(toUnixTimestamp(covered) = 0, spans, 0))]) AS entry FROM (SELECT g.made AS made, g.agent AS agent, g.service AS service, g.reason AS reason, g.spans AS spans, r.covered AS covered FROM (%s) AS g ASOF LEFT JOIN %s ON g.agent = r.agent AND g.batch <= r.through))"
        .formatted(fate, groups, FIRST_COVERED);
  }

  /// The spans between two times.
  ///
  /// @param fromSeconds Unix seconds, a multiple of the step or, if that is [#ONE], a whole minute;
  ///   included
  /// @param toSeconds the last second of a minute, or no earlier than the last report; included
  /// @param stepSeconds whole minutes, or [#ONE]
  List<Entry> entries(By by, long fromSeconds, long toSeconds, long stepSeconds)
      throws ClickHouseException {
    String sql =
        "SELECT intDiv(toUnixTimestamp(minute), {step:UInt32}) * {step:UInt32} AS time, %s AS key, fate, reason, sum(n) FROM (%s UNION ALL %s) WHERE minute >= toDateTime({from:UInt32}, 'UTC') GROUP BY time, key, fate, reason HAVING sum(n) != 0 ORDER BY time, key, fate, reason LIMIT %s"
            .formatted(by.key(), LossLedger.REPORTED, HERE, LossLedger.ROWS_MAX + 1);
    Query query = reach.bound(Query.of(sql).with("step", stepSeconds), fromSeconds, toSeconds);
    List<Entry> entries = new ArrayList<>();
    try (Rows rows = clickHouse.query(limits.bound(query))) {
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
