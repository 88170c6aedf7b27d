package deepflow.server.storage;

/// The metrics as tables to read from: what counts of `red_1s`, `red_1m` and `service_calls`. A
/// column has the same name in all that have it.
public final class RedTables {
  private static final String COLUMNS =
      "time, service, name, kind, l7_protocol, protocol, is_ipv4, server_port, ip_0, ip_1,"
          + " peer_type, peer, label_id, agent, request, client_error, server_error, failure,"
          + " rrt_count, rrt_sum, rrt_max, rrt_buckets, rrt_counts, app_instance, pod, pod_ns,"
          + " pod_node, pod_group, pod_cluster, host";

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

  /// Calls from service to service, by the minute.
  public static final String CALLS =
      "(SELECT time, client, server, request, failure, rrt_count, rrt_sum, rrt_max, rrt_buckets,"
          + " rrt_counts FROM deepflow.service_calls"
          + " WHERE rollup IN (SELECT rollup FROM deepflow.rollups))";

  private RedTables() {}

  /// A quantile of durations in µs, within 1 %; NULL when there are none. Stands beside GROUP BY.
  ///
  /// @param level from 0 to 1
  public static String quantile(double level) {
    String buckets = "sumMap(rrt_buckets, rrt_counts)";
    return "if(empty(%1$s.1), NULL, %2$s)"
        .formatted(
            buckets,
            DurationBuckets.middle(
                "arrayElement(%1$s.1, arrayFirstIndex(n -> n >= %2$s * arraySum(%1$s.2), arrayCumSum(%1$s.2)))"
                    .formatted(buckets, level)));
  }
}
