package deepflow.server.querier.ledger;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.Refused;
import java.util.ArrayList;
import java.util.List;

/// Counts spans by what became of them: what agents say they received against what the store has.
///
/// An agent's sums are of the spans in batches up to the one that it knows to be acknowledged. What
/// the store has beyond that is *unreported*: the agent got it, and counts it among those that
/// wait. Of an agent that never reports (DeepFlow's) what the store has is what it received.
///
/// What is stored is counted from the rows of `spans`, which the engine has done for each block: in
/// the projection `block_counts`. It takes that when a statement asks for no more than is in there,
/// and adds up by the key alone, so that no more than the answer is in memory.
public final class LossLedger {

  /// Rows of an answer.
  static final int ROWS_MAX = 100_000;

  private static final long HOUR = 3_600;

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

  private static final String IN_RANGE =
      " %1$s >= toDateTime({from:UInt32}, 'UTC') AND %1$s <= toDateTime({to:UInt32}, 'UTC')";

  private static final String BLOCKS_IN_RANGE = IN_RANGE.formatted("block_time");

  /// Blocks that may have spans of which their agents have said nothing: by what `blocks` says, and
  /// those that it doesn't know yet.
  private static final String UNSAID =
      """
      SELECT block_id FROM deepflow.blocks INNER JOIN (%2$s) AS r USING (agent)
      WHERE %1$s AND batch_max > through
      UNION ALL
      SELECT block_id FROM deepflow.spans
      WHERE %1$s AND block_id NOT IN (SELECT block_id FROM deepflow.blocks WHERE %1$s)
      GROUP BY block_id
      """
          .formatted(BLOCKS_IN_RANGE, ReportSums.THROUGH);

  /// What is stored and unreported, by agent: each row is read in the blocks that may have some.
  private static final String UNREPORTED =
      """
      SELECT lower(hex(agent)) AS key, 'UNREPORTED' AS fate, '' AS reason, toInt64(n) AS n FROM (
        SELECT agent, countIf(batch > through) AS n FROM (
          SELECT agent, batch FROM deepflow.spans WHERE %1$s AND block_id IN (%3$s)) AS g
        INNER JOIN (%2$s) AS r USING (agent) GROUP BY agent)
      """
          .formatted(BLOCKS_IN_RANGE, ReportSums.THROUGH, UNSAID);

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  /// Asks that ClickHouse, within those limits.
  public LossLedger(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  private static String reported(By by) {
    return "SELECT %s AS key, fate, reason, n FROM (%s)"
        .formatted(by.key, by == By.MINUTE ? ReportSums.byMinute() : ReportSums.together());
  }

  private static String stored(By by) {
    return "SELECT %s AS key, 'STORED' AS fate, '' AS reason, toInt64(count()) AS n FROM (SELECT toStartOfMinute(block_time) AS minute, agent, service FROM deepflow.spans WHERE%s) GROUP BY key"
        .formatted(by.key, BLOCKS_IN_RANGE);
  }

  /// What is stored of agents that never report: they received it.
  private static String received(By by) {
    return "SELECT %s AS key, 'RECEIVED' AS fate, '' AS reason, toInt64(sum(c)) AS n FROM (SELECT toStartOfMinute(block_time) AS minute, agent, service, count() AS c FROM deepflow.spans WHERE%s AND agent NOT IN (SELECT agent FROM deepflow.agent_reports) GROUP BY minute, agent, service) GROUP BY key"
        .formatted(by.key, BLOCKS_IN_RANGE);
  }

  /// What blocks left out: spans that they had already, or those that can't be stored.
  private static String notStored(By by, Fate fate, String comparison) {
    return here(
        by,
        fate,
        "toStartOfMinute(block_time) AS minute, '' AS service, batch",
        refusals(BLOCKS_IN_RANGE, comparison));
  }

  private static String expired(By by) {
    return here(
        by,
        Fate.EXPIRED,
        "hour AS minute, service, batch_max AS batch",
        "expired WHERE" + IN_RANGE.formatted("hour"));
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

  /// What a table has, and the same once more as unreported where its agent doesn't know yet, or as
  /// received where it never reports.
  private static String here(By by, Fate fate, String columns, String from) {
    return "SELECT key, entry.1 AS fate, entry.2 AS reason, entry.3 AS n FROM (SELECT %s AS key, arrayJoin([('%s', reason, toInt64(sum(spans))), ('UNREPORTED', '', toInt64(sumIf(spans, reports > 0 AND batch > through))), ('RECEIVED', '', toInt64(sumIf(spans, reports = 0)))]) AS entry FROM (SELECT agent, %s, reason, spans FROM deepflow.%s) AS g LEFT JOIN (%s) AS r USING (agent) GROUP BY key, reason)"
        .formatted(by.key, fate, columns, from, ReportSums.THROUGH);
  }

  private static String sql(By by) {
    List<String> parts = new ArrayList<>();
    parts.add(reported(by));
    parts.add(stored(by));
    parts.add(received(by));
    parts.add(notStored(by, Fate.REFUSED, "!="));
    parts.add(notStored(by, Fate.MERGED, "="));
    parts.add(expired(by));
    if (by == By.AGENT) {
      // Only a balance of all has a use for it.
      parts.add(UNREPORTED);
    }
    return "SELECT key, fate, reason, sum(n) FROM (%s) GROUP BY key, fate, reason HAVING sum(n) != 0 ORDER BY key, fate, reason LIMIT %s"
        .formatted(String.join(" UNION ALL ", parts), ROWS_MAX + 1);
  }

  /// The first hour of which all is known, Unix seconds: 0 if nothing is forgotten yet. What
  /// expired is known by the hour.
  ///
  /// @param nowSeconds Unix seconds
  long begin(long nowSeconds) throws ClickHouseException {
    long begin = Math.max(0, nowSeconds - Lifetimes.LEDGER.toSeconds()) / HOUR * HOUR;
    Query older =
        Query.of(
                "SELECT count() FROM deepflow.agent_reports WHERE minute < toDateTime({begin:UInt32}, 'UTC')")
            .with("begin", begin);
    try (Rows rows = clickHouse.query(limits.bound(older))) {
      return rows.next() && rows.getLong(0) > 0 ? begin : 0;
    }
  }

  /// The spans between two times, by the minute of their block or of their agent's report.
  ///
  /// @param fromSeconds Unix seconds, both ends included
  List<LedgerEntry> entries(By by, long fromSeconds, long toSeconds) throws ClickHouseException {
    Query query = Query.of(sql(by)).with("from", fromSeconds).with("to", toSeconds);
    List<LedgerEntry> entries = new ArrayList<>();
    try (Rows rows = clickHouse.query(limits.bound(query))) {
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
