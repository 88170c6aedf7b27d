package deepflow.server.querier.ledger;

/// What agents say, as SQL. Their reports are sums since the queue was made: what they say of a
/// stretch of time is the last sum in it less the last one before.
final class ReportSums {

  /// The last batch that an agent knew to be acknowledged. What was acknowledged once stays so,
  /// even if an agent that has just started says less.
  static final String THROUGH =
      "SELECT agent, max(said.through) AS through, count() AS reports FROM deepflow.agent_reports AS said GROUP BY agent";

  private static final String SUMS =
      "accepted, covered, resent, invalid, busy, damaged, unacknowledged, refused_requests";

  /// When the step of a report begins, as far as it is asked for; second 1 for all that was before.
  static final String STEP =
      begun(
          "greatest(toDateTime({from:UInt32}, 'UTC'), toDateTime(intDiv(toUnixTimestamp(minute), {step:UInt32}) * {step:UInt32}, 'UTC'))");

  private ReportSums() {}

  /// What agents say between the parameters `from` and `to`, in one.
  static String together() {
    return by(begun("toDateTime({from:UInt32}, 'UTC')"));
  }

  /// The same by the minute.
  static String byMinute() {
    return by(begun("minute"));
  }

  /// The same by stretches of as many seconds as the parameter `step` says.
  static String bySteps() {
    return by(STEP);
  }

  private static String begun(String stretch) {
    return "if(minute < toDateTime({from:UInt32}, 'UTC'), toDateTime(1, 'UTC'), greatest(toDateTime(1, 'UTC'), %s))"
        .formatted(stretch);
  }

  /// Of all that an agent ever said a row for each stretch is held in memory, and one for the time
  /// before.
  private static String by(String begun) {
    return """
    SELECT begun AS minute, agent, '' AS service, entry.1 AS fate, entry.2 AS reason, entry.3 AS n
    FROM
    (
      SELECT begun, agent, arrayJoin([
        ('RECEIVED', '', more[1] + more[3] + more[4] + more[5]),
        ('QUEUED', '', more[1] - more[2]),
        ('MERGED', 'resent', more[3]),
        ('REFUSED', 'invalid', more[4]),
        ('REFUSED', 'busy', more[5]),
        ('DAMAGED', '', more[6]),
        ('UNACKNOWLEDGED', '', more[7]),
        ('REFUSED_REQUESTS', '', more[8])]) AS entry
      FROM
      (
        SELECT begun, agent, arrayMap((now, before) -> now - before, sums,
          if(empty(previous), arrayMap(x -> toInt64(0), sums), previous)) AS more
        FROM
        (
          SELECT begun, agent, sums, any(sums) OVER (PARTITION BY agent ORDER BY begun
            ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS previous
          FROM
          (
            SELECT begun, agent, arrayConcat([last[1],
              argMax(acknowledged, (furthest, begun)) OVER (PARTITION BY agent ORDER BY begun)],
              arraySlice(last, 3)) AS sums
            FROM
            (
              SELECT agent,
                %s AS begun,
                argMax(arrayMap(x -> toInt64(x), [%s]), (minute, reported)) AS last,
                max(through) AS furthest,
                argMax(toInt64(covered), (through, minute, reported)) AS acknowledged
              FROM deepflow.agent_reports
              WHERE minute <= toDateTime({to:UInt32}, 'UTC')
              GROUP BY agent, begun
            )
          )
        )
      )
      WHERE begun >= toDateTime({from:UInt32}, 'UTC')
    )
    """
        .formatted(begun, SUMS);
  }
}
