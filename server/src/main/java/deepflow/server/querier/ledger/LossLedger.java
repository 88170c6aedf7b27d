package deepflow.server.querier.ledger;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.storage.Refused;
import java.util.ArrayList;
import java.util.List;

/// Counts spans by what became of them: what agents say they received against what the store has.
///
/// An agent's sums are of the spans in batches up to the one that it knows to be acknowledged. What
/// the store has beyond that is *unreported*: the agent got it, and counts it among those that
/// wait.
public final class LossLedger {

  /// Rows of an answer.
  static final int ROWS_MAX = 100_000;

  /// By what spans are counted.
  enum By {
    AGENT("lower(hex(agent))"),
    MINUTE("toString(toUnixTimestamp(minute))"),
    SERVICE("service"),
    REASON("''");

    private final String key;

    By(String key) {
      this.key = key;
    }

    String key() {
      return key;
    }
  }

  private static final String SUMS =
      "accepted, covered, resent, invalid, busy, damaged, unacknowledged";

  /// Each sum less the one of the agent's report before. What was acknowledged once stays so, even
  /// if an agent that has just started says less.
  static final String REPORTED =
      """
      SELECT minute, agent, '' AS service, entry.1 AS fate, entry.2 AS reason, entry.3 AS n
      FROM
      (
        SELECT minute, agent, arrayJoin([
          ('RECEIVED', '', more[1] + more[3] + more[4] + more[5]),
          ('QUEUED', '', more[1] - more[2]),
          ('MERGED', 'resent', more[3]),
          ('REFUSED', 'invalid', more[4]),
          ('REFUSED', 'busy', more[5]),
          ('DAMAGED', '', more[6]),
          ('UNACKNOWLEDGED', '', more[7])]) AS entry
        FROM
        (
          SELECT minute, agent, arrayMap((now, before) -> now - before, sums,
            if(empty(previous), arrayMap(x -> toInt64(0), sums), previous)) AS more
          FROM
          (
            SELECT minute, agent, sums, any(sums) OVER (PARTITION BY agent ORDER BY minute
              ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS previous
            FROM
            (
              SELECT minute, agent, arrayConcat([last[1],
                argMax(last[2], (through, minute)) OVER (PARTITION BY agent ORDER BY minute)],
                arraySlice(last, 3)) AS sums
              FROM
              (
                SELECT minute, agent, argMax(arrayMap(x -> toInt64(x), [%s]), reported) AS last,
                  argMax(r.through, reported) AS through
                FROM deepflow.agent_reports AS r
                WHERE minute <= toDateTime({to:UInt32}, 'UTC')
                GROUP BY agent, minute
              )
            )
          )
        )
        WHERE minute >= toDateTime({from:UInt32}, 'UTC')
      )
      """
          .formatted(SUMS);

  private static final String REPORTS_THROUGH =
      " LEFT JOIN (SELECT agent, max(last) AS through FROM (SELECT agent, argMax(through, reported)"
          + " AS last FROM deepflow.agent_reports GROUP BY agent, minute) GROUP BY agent) AS r"
          + " USING (agent)";

  private static final String IN_RANGE =
      " %1$s >= toDateTime({from:UInt32}, 'UTC') AND %1$s <= toDateTime({to:UInt32}, 'UTC')";

  private static final String HERE =
      here(
              "toStartOfMinute(block_time)",
              "service",
              "STORED",
              "''",
              "count()",
              "batch",
              "spans WHERE" + IN_RANGE.formatted("block_time"))
          + " UNION ALL "
          + notStored("REFUSED", "!=")
          + " UNION ALL "
          + notStored("MERGED", "=")
          + " UNION ALL "
          + here(
              "hour",
              "service",
              "EXPIRED",
              "reason",
              "sum(spans)",
              "batch_max",
              "expired WHERE" + IN_RANGE.formatted("hour"));

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  /// Asks that ClickHouse, within those limits.
  public LossLedger(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// What blocks left out: spans that they had already, or those that can't be stored.
  private static String notStored(String fate, String comparison) {
    return here(
        "toStartOfMinute(block_time)",
        "''",
        fate,
        "reason",
        "sum(spans)",
        "batch",
        refusals(IN_RANGE.formatted("block_time"), comparison));
  }

  /// Refusals of batches that their block makes acknowledged: up to the last one that `blocks` says
  /// it has of the agent. Any other is sent again, since a block that a crash cut short is known by
  /// its spans alone, and counts where it is then.
  ///
  /// @param range a condition on `block_time`
  /// @param comparison of the reason with that of spans that were there already
  static String refusals(String range, String comparison) {
    return "refusals INNER JOIN (SELECT block_id, agent, max(batch_max) AS acknowledged FROM deepflow.blocks WHERE %1$s AND (block_id, agent) IN (SELECT block_id, agent FROM deepflow.refusals WHERE %1$s) GROUP BY block_id, agent) AS c USING (block_id, agent) WHERE %1$s AND batch <= acknowledged AND reason %2$s '%3$s'"
        .formatted(range, comparison, Refused.MERGED);
  }

  /// What a table has, and the same once more as unreported where its agent doesn't know yet.
  private static String here(
      String minute,
      String service,
      String fate,
      String reason,
      String spans,
      String batch,
      String from) {
    String groups =
        "SELECT %s AS minute, agent, %s AS service, %s AS reason, %s AS batch, toInt64(%s) AS spans FROM deepflow.%s GROUP BY minute, agent, service, reason, batch"
            .formatted(minute, service, reason, batch, spans, from);
    return "SELECT minute, agent, service, entry.1 AS fate, reason, entry.2 AS n FROM (SELECT minute, agent, service, reason, arrayJoin([('%s', sum(spans)), ('UNREPORTED', sumIf(spans, batch > through))]) AS entry FROM (%s) AS g%s GROUP BY minute, agent, service, reason)"
        .formatted(fate, groups, REPORTS_THROUGH);
  }

  /// The spans between two times, by the minute of their block or of their agent's report.
  ///
  /// @param fromSeconds Unix seconds, both ends included
  List<LedgerEntry> entries(By by, long fromSeconds, long toSeconds) throws ClickHouseException {
    String sql =
        "SELECT %s AS key, fate, reason, sum(n) FROM (%s UNION ALL %s) GROUP BY key, fate, reason HAVING sum(n) != 0 ORDER BY key, fate, reason LIMIT %s"
            .formatted(by.key, REPORTED, HERE, ROWS_MAX + 1);
    List<LedgerEntry> entries = new ArrayList<>();
    try (Rows rows =
        clickHouse.query(
            limits.bound(Query.of(sql).with("from", fromSeconds).with("to", toSeconds)))) {
      while (rows.next()) {
        entries.add(
            new LedgerEntry(
                rows.getString(0),
                Fate.valueOf(rows.getString(1)),
                rows.getString(2),
                rows.getLong(3)));
      }
    }
    return entries;
  }
}
