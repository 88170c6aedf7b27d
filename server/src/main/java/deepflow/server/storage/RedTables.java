package deepflow.server.storage;

/// The metrics as tables to read from: what counts of `red_1s`, `red_1m` and `service_calls`. A
/// column has the same name in all that have it.
public final class RedTables {
  private static final String COLUMNS =
      "time, service, name, kind, l7_protocol, protocol, is_ipv4, server_port, ip_0, ip_1,"
          + " peer_type, peer, label_id, peer_label_id, agent, request, client_error, server_error, failure,"
          + " rrt_count, rrt_sum, rrt_max, rrt_buckets, rrt_counts";

  /// By the second, of each block.
  public static final String SECONDS =
      "(SELECT %s FROM deepflow.red_1s WHERE correction = 0".formatted(COLUMNS)
          + " OR block_id IN (SELECT rollup FROM deepflow.rollups))";

  /// By the minute: what was rolled up, and the seconds of blocks that were not yet.
  public static final String MINUTES =
      "(WITH (SELECT (max(rollup), max(block_end)) FROM deepflow.rollups) AS done"
          + " SELECT %s FROM deepflow.red_1m WHERE rollup <= done.1".formatted(COLUMNS)
          + " AND rollup IN (SELECT rollup FROM deepflow.rollups) UNION ALL SELECT "
          + COLUMNS.replaceFirst("time", "toStartOfMinute(time) AS time")
          + " FROM deepflow.red_1s WHERE correction = 0 AND block_id >= done.2)";

  /// Calls and links from service to service, by the minute.
  public static final String CALLS =
      "(SELECT time, client, server, link, request, failure, rrt_count, rrt_sum, rrt_max, rrt_buckets,"
          + " rrt_counts FROM deepflow.service_calls"
          + " WHERE rollup IN (SELECT rollup FROM deepflow.rollups))";

  private RedTables() {}

  private static final String BUCKETS = "tupleElement(sumMap(rrt_buckets, rrt_counts), 1)";
  private static final String COUNTS = "tupleElement(sumMap(rrt_buckets, rrt_counts), 2)";

  /// A quantile of durations in µs, within 1 %; NULL when there are none. Stands beside GROUP BY.
  ///
  /// @param level from 0 to 1
  public static String quantile(double level) {
    String place =
        "arrayFirstIndex(n -> n >= %s * arraySum(%s), arrayCumSum(%s))"
            .formatted(level, COUNTS, COUNTS);
    return "if(empty(%s), NULL, %s)"
        .formatted(BUCKETS, DurationBuckets.middle("%s[%s]".formatted(BUCKETS, place)));
  }

  /// The standard deviation of durations in µs.
  public static String deviation() {
    String middle = DurationBuckets.middle("bucket");
    return ("sqrt(greatest(arraySum((bucket, n) -> n * pow(%1$s, 2), %2$s, %3$s) / arraySum(%3$s)"
            + " - pow(arraySum((bucket, n) -> n * %1$s, %2$s, %3$s) / arraySum(%3$s), 2), 0))")
        .formatted(middle, BUCKETS, COUNTS);
  }

  /// How many took no longer than that, within 1 % of it.
  ///
  /// @param micros an SQL expression
  public static String countUpTo(String micros) {
    return "arraySum((bucket, n) -> if(%s <= %s, n, 0), %s, %s)"
        .formatted(DurationBuckets.middle("bucket"), micros, BUCKETS, COUNTS);
  }
}
