package deepflow.server.storage;

import deepflow.clickhouse.Query;
import java.time.LocalDate;
import java.util.stream.Collectors;

/// Counts the spans of a day that are about to go, into table `expired`.
///
/// The hour of a row is that of the report which first covers its spans, so that an hour has as
/// many as its reports say. What no report covers has the hour of its blocks and a row of its own:
/// an agent that is stopped never reports its last seconds, and these are then not taken for more.
///
/// A block is read by its counts (projection `block_counts`). Only where reports of two hours cover
/// it, each of its rows is.
final class ExpiredSpans {
  private static final String OF_DAY = "toDate(block_time) = {day:Date}";

  private static final String REPORTS =
      Coverage.reports("toStartOfHour(minute)", "minute >= toDateTime({day:Date}, 'UTC')");

  private static final String NOTED =
      """
      SELECT toStartOfHour(b.block_time) AS made, agent, '' AS service, b.batch_max AS last,
        least(b.brought, greatest(b.so_far - toInt64(e.gone), 0)) AS spans
      FROM (
        SELECT block_time, agent, batch_max, toInt64(spans) AS brought,
          sum(brought) OVER (PARTITION BY agent ORDER BY block_id) AS so_far
        FROM deepflow.blocks WHERE %s) AS b
      LEFT JOIN (
        SELECT agent, sum(spans) AS gone FROM deepflow.expired WHERE day = {day:Date}
        GROUP BY agent) AS e USING (agent)\
      """
          .formatted(OF_DAY);

  /// With more in memory, what blocks have is put on the disk.
  private static final long GROUPS_BYTES = 128 << 20;

  private ExpiredSpans() {}

  /// All spans of a day.
  static Query all(LocalDate day, String reason, long cut) {
    return count(of(SpanBlock.TABLE, "spans"), day, reason, cut);
  }

  /// Those that another table of the same structure lacks.
  static Query allBut(String kept, LocalDate day, String reason, long cut) {
    String rows = of(SpanBlock.TABLE, "spans") + " UNION ALL " + of(kept, "-spans");
    return count(rows, day, reason, cut);
  }

  /// What blocks brought into a day, as it was noted when they were committed, less what of that
  /// expired before, which is taken to be of the first blocks: for a day whose rows can't be read.
  /// Its hour is the block's own, since reports may be what can't be read, and services are not
  /// told apart.
  static Query asNoted(LocalDate day, String reason, long cut) {
    String rows =
        "SELECT made, toDateTime(0, 'UTC') AS covered, agent, service, last, spans AS n FROM (%s)"
            .formatted(NOTED);
    return count(rows, day, reason, cut);
  }

  private static Query count(String rows, LocalDate day, String reason, long cut) {
    return Expiry.asOnePart(
        Query.of(
                """
                INSERT INTO deepflow.expired SELECT {day:Date} AS day,
                  if(toUnixTimestamp(covered) = 0, made, covered) AS hour, agent, service,
                  {reason:String}, max(last), sum(n) AS gone, {cut:UInt64}
                FROM (%s)
                GROUP BY hour, agent, service, toUnixTimestamp(covered) = 0
                HAVING gone != 0
                """
                    .formatted(rows))
            .with("day", day.toString())
            .with("reason", reason)
            .with("cut", cut)
            .setting("max_bytes_before_external_group_by", GROUPS_BYTES));
  }

  private static String of(String table, String spans) {
    return Coverage.spans("toStartOfHour", "service", table, OF_DAY, REPORTS).stream()
        .map(rows ->
            "SELECT made, covered, agent, service, last, %s AS n FROM (%s) WHERE whole"
                .formatted(spans, Coverage.of("made, service, last, spans", rows, REPORTS)))
        .collect(Collectors.joining(" UNION ALL "));
  }
}
