package deepflow.server.querier.ledger;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import java.util.ArrayList;
import java.util.List;

/// Which rows the reports of a stretch of time may be of: those of blocks that were named in it or
/// shortly before; and those of which an agent had said nothing when it fell silent. A node that
/// lost its power in the evening says in the morning what was stored of it.
///
/// The conditions have parameters: `from` and `to`, `near` shortly before, `far` before which no
/// report counts, `unsaid` the minutes before `near` that have such blocks.
final class LedgerReach {
  static final String OF_BLOCKS =
      "(block_time >= toDateTime({near:UInt32}, 'UTC') OR toStartOfMinute(block_time) IN"
          + " (SELECT toDateTime(arrayJoin({unsaid:Array(String)}), 'UTC')))"
          + " AND block_time <= toDateTime({to:UInt32}, 'UTC')";

  /// What expired is known by the hour: of an hour before, nobody can tell what was unsaid.
  static final String OF_HOURS =
      "hour >= toDateTime({near:UInt32}, 'UTC') AND hour <= toDateTime({to:UInt32}, 'UTC')";

  static final String OF_REPORTS =
      "minute >= toDateTime({far:UInt32}, 'UTC') AND minute <= toDateTime({to:UInt32}, 'UTC')";

  /// So long after a block was named a report covers it, of an agent that isn't silent.
  private static final long LAG_SECONDS = 3_600;

  /// Agents that are heard again after a time in which they were silent, with the last that they
  /// had said.
  private static final String SILENT =
      """
      (SELECT agent, maxIf(minute, minute < toDateTime({from:UInt32}, 'UTC')) AS heard,
        argMaxIf(through, (minute, reported), minute < toDateTime({from:UInt32}, 'UTC')) AS said
      FROM deepflow.agent_reports WHERE minute <= toDateTime({to:UInt32}, 'UTC')
      GROUP BY agent
      HAVING max(minute) >= toDateTime({from:UInt32}, 'UTC')
        AND heard > toDateTime(0, 'UTC') AND heard < toDateTime({near:UInt32}, 'UTC'))\
      """;

  private static final String HEARD = "SELECT toUnixTimestamp(min(heard)) FROM " + SILENT;

  private static final String UNSAID =
      """
      SELECT DISTINCT toString(toStartOfMinute(block_time))
      FROM deepflow.blocks INNER JOIN %1$s AS r USING (agent)
      WHERE agent IN (SELECT agent FROM %1$s) AND batch_max > said
        AND block_time >= toDateTime({since:UInt32}, 'UTC')
        AND block_time < toDateTime({near:UInt32}, 'UTC')
      """
          .formatted(SILENT);

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  LedgerReach(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// The same with those parameters.
  Query bound(Query query, long fromSeconds, long toSeconds) throws ClickHouseException {
    long heard = heard(fromSeconds, toSeconds);
    List<String> unsaid = heard == 0 ? List.of() : unsaid(heard, fromSeconds, toSeconds);
    return stretch(query, fromSeconds, toSeconds)
        .with("far", unsaid.isEmpty() ? before(fromSeconds) : heard)
        .with("unsaid", unsaid);
  }

  private static Query stretch(Query query, long fromSeconds, long toSeconds) {
    return query.with("from", fromSeconds).with("to", toSeconds).with("near", before(fromSeconds));
  }

  private static long before(long seconds) {
    return Math.max(0, seconds - LAG_SECONDS);
  }

  /// When the first of the silent agents was heard before; 0 when there are none.
  private long heard(long fromSeconds, long toSeconds) throws ClickHouseException {
    Query query = stretch(Query.of(HEARD), fromSeconds, toSeconds);
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      return rows.next() ? rows.getLong(0) : 0;
    }
  }

  private List<String> unsaid(long heard, long fromSeconds, long toSeconds)
      throws ClickHouseException {
    Query query = stretch(Query.of(UNSAID), fromSeconds, toSeconds).with("since", before(heard));
    List<String> minutes = new ArrayList<>();
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      while (rows.next()) {
        minutes.add(rows.getString(0));
      }
    }
    return minutes;
  }
}
