package deepflow.server.storage;

import java.util.List;

/// Which report of its agent covers a span, as SQL: the first one that speaks of the span's batch.
///
/// An agent's report says how many spans are in batches up to one. So what the store has of a batch
/// belongs to the report that covers it, and must then be just as many.
public final class Coverage {
  private Coverage() {}

  /// The reports that were the first to cover something.
  ///
  /// @param time of a report, by what it is to be told from others, such as `minute`
  /// @param condition on `minute`, which reports count
  public static String reports(String time, String condition) {
    return """
    (SELECT agent, through, min(time) AS covered FROM (
      SELECT agent, time, max(last) OVER (PARTITION BY agent ORDER BY time) AS through FROM (
        SELECT agent, %s AS time, max(said.through) AS last FROM deepflow.agent_reports AS said
        WHERE %s
        GROUP BY agent, time))
    GROUP BY agent, through) AS r\
    """
        .formatted(time, condition);
  }

  /// Rows with `covered`, the time of the report that first covers them, 0 where none does, and
  /// `whole`: whether that is so for all of their batches.
  ///
  /// @param columns of the rows that are wanted beside `agent`
  /// @param rows with columns `agent` and `first` and `last`, of their batches
  /// @param reports see [#reports]
  public static String of(String columns, String rows, String reports) {
    return """
    SELECT %s, g.agent AS agent, r.covered AS covered,
      toUnixTimestamp(covered) = 0 OR g.last <= r.through AS whole
    FROM (%s) AS g ASOF LEFT JOIN %s ON g.agent = r.agent AND g.first <= r.through\
    """
        .formatted(columns, rows, reports);
  }

  /// Spans as rows for [#of]: those of each block, by its counts (projection `block_counts`), and
  /// those of each batch, where a report covers a part of what a block has. Of both, the rows that
  /// are `whole` are all spans, each once.
  ///
  /// @param made a function of `block_time`, such as `toStartOfMinute`
  /// @param service `service`, or `''` when services are not told apart
  /// @param table of spans
  /// @param condition on their blocks
  /// @param reports see [#reports]
  /// @return statements for `made`, `agent`, `service`, `first`, `last` and `spans`
  public static List<String> spans(
      String made, String service, String table, String condition, String reports) {
    String ofBlocks =
        """
        SELECT %s(block_time) AS made, block_id, agent, %s AS service, min(batch) AS first,
          max(batch) AS last, toInt64(count()) AS spans
        FROM deepflow.%s WHERE %s GROUP BY block_time, block_id, agent, service\
        """
            .formatted(made, service, table, condition);
    String ofBatches =
        """
        SELECT %s(block_time) AS made, agent, %s AS service, batch AS first, batch AS last,
          toInt64(count()) AS spans
        FROM deepflow.%s WHERE %s AND (block_id, agent, service) IN
          (SELECT block_id, agent, service FROM (%s) WHERE NOT whole)
        GROUP BY made, agent, service, batch\
        """
            .formatted(made, service, table, condition, of("block_id, service", ofBlocks, reports));
    return List.of(ofBlocks, ofBatches);
  }
}
