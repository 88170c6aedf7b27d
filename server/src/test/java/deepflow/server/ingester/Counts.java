package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.wire.frame.Identity;
import java.util.HashMap;
import java.util.Map;

/// What the tables have, asked directly.
final class Counts {
  private Counts() {}

  static long number(ClickHouse clickHouse, String sql) throws ClickHouseException {
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(0);
    }
  }

  /// Rows of each batch of an agent.
  static Map<Long, Long> spansOfBatches(ClickHouse clickHouse, Identity agent)
      throws ClickHouseException {
    var counts = new HashMap<Long, Long>();
    var query =
        Query.of(
                "SELECT batch, count() FROM deepflow.spans"
                    + " WHERE agent = toFixedString(unhex({agent:String}), 16) GROUP BY batch")
            .with("agent", agent.toString());
    try (Rows rows = clickHouse.query(query)) {
      while (rows.next()) {
        counts.put(rows.getLong(0), rows.getLong(1));
      }
    }
    return counts;
  }

  /// What was rolled up counts each span of its blocks, and each call of one service to another.
  static void assertRollupsAgree(ClickHouse clickHouse) throws ClickHouseException {
    String taken =
        """
        SELECT rollup, service, toDateTime(intDiv(toUnixTimestamp64Nano(start_time) + duration,
            60000000000) * 60, 'UTC') AS minute, toInt64(count()) AS n
        FROM (SELECT rollup, block_id FROM deepflow.rollups AS r CROSS JOIN
            (SELECT DISTINCT block_id FROM deepflow.spans) AS b
          WHERE block_id >= block_min AND block_id < block_end) AS taken
        JOIN deepflow.spans USING block_id
        GROUP BY ALL
        """;
    assertThat(number(clickHouse, "SELECT count() FROM deepflow.rollups")).isPositive();
    assertThat(number(clickHouse, "SELECT count() FROM deepflow.service_calls")).isPositive();
    String good = " WHERE rollup IN (SELECT rollup FROM deepflow.rollups)%s GROUP BY ALL";
    assertSame(
        clickHouse,
        taken,
        "SELECT rollup, service, time, sum(request) FROM deepflow.red_1m" + good.formatted(""));
    assertSame(
        clickHouse,
        "SELECT rollup, 'shop', service, minute, n FROM (" + taken + ") WHERE service = 'cart'",
        "SELECT rollup, client, server, time, sum(request) FROM deepflow.service_calls"
            + good.formatted(" AND link = 0"));
  }

  /// The dependent tables say of each block what the base table says.
  static void assertTablesAgree(ClickHouse clickHouse) throws ClickHouseException {
    String perBlock =
        "SELECT block_id, sum(%s) AS n FROM deepflow.%s GROUP BY block_id HAVING n > 0";
    assertSame(clickHouse, perBlock.formatted("1", "spans"), perBlock.formatted("spans", "blocks"));
    assertSame(
        clickHouse,
        """
        SELECT block_time, block_id, trace_id, min(toUnixTimestamp64Nano(start_time)),
            max(greatest(toUnixTimestamp64Nano(start_time) + duration,
                toUnixTimestamp64Nano(start_time))),
            count(), countIf(status_code = 2),
            max(parent_span_id = toFixedString('', 8)) AS root,
            if(root, argMin(service, (parent_span_id != toFixedString('', 8), start_time)), ''),
            if(root, argMin(name, (parent_span_id != toFixedString('', 8), start_time)), ''),
            arraySort(groupUniqArray(service))
        FROM deepflow.spans GROUP BY block_time, block_id, trace_id, intDiv(toUnixTimestamp64Nano(start_time), 1000000000)
        """,
        """
        SELECT block_time, block_id, trace_id, toUnixTimestamp64Nano(start_time),
            toUnixTimestamp64Nano(end_time), span_count, error_count, has_root, root_service,
            root_name, arraySort(services)
        FROM deepflow.trace_index
        """);
    assertSame(
        clickHouse,
        """
        SELECT block_time, block_id, toDateTime(intDiv(end, 1000000000), 'UTC') AS time, service,
            name, kind, l7_protocol, protocol, is_ipv4, server_port, ip_0, ip_1, peer_type, peer,
            label_id, agent, toInt64(count()), toInt64(countIf(response_status = 4)),
            toInt64(countIf(response_status = 3)),
            toInt64(countIf(response_status = 3 OR status_code = 2)), toInt64(countIf(micros > 0)),
            sum(micros), toUInt64(max(micros))
        FROM (
            SELECT *, toUnixTimestamp64Nano(start_time) + duration AS end,
                greatest(intDiv(end, 1000) - intDiv(toUnixTimestamp64Nano(start_time), 1000), 0)
                    AS micros
            FROM deepflow.spans)
        GROUP BY ALL
        """,
        """
        SELECT block_time, block_id, time, service, name, kind, l7_protocol, protocol, is_ipv4,
            server_port, ip_0, ip_1, peer_type, peer, label_id, agent, request, client_error,
            server_error, failure, rrt_count, rrt_sum, rrt_max
        FROM deepflow.red_1s WHERE correction = 0
        """);
    assertLinksAgree(clickHouse);
  }

  /// Of spans that have no more than one link, and nothing but ids in it.
  private static void assertLinksAgree(ClickHouse clickHouse) throws ClickHouseException {
    assertSame(
        clickHouse,
        """
        SELECT block_time, block_id, toFixedString(substring(links, 5, 16), 16) AS linked_trace_id,
            toFixedString(substring(links, 23, 8), 8) AS linked_span_id, trace_id, span_id,
            start_time, service, name
        FROM deepflow.spans WHERE notEmpty(links)
        """,
        "SELECT * FROM deepflow.link_index");
  }

  private static void assertSame(ClickHouse clickHouse, String one, String other)
      throws ClickHouseException {
    long difference =
        number(
            clickHouse,
            "SELECT count() FROM ((SELECT * FROM (%1$s) EXCEPT SELECT * FROM (%2$s))"
                    .formatted(one, other)
                + " UNION ALL (SELECT * FROM (%2$s) EXCEPT SELECT * FROM (%1$s)))"
                    .formatted(one, other));
    assertThat(difference).as(other).isZero();
    String rows = "SELECT count() FROM (%s)";
    assertThat(number(clickHouse, rows.formatted(one)))
        .as(other)
        .isEqualTo(number(clickHouse, rows.formatted(other)));
  }
}
