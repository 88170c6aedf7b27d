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

  /// The dependent tables say of each block what the base table says.
  static void assertTablesAgree(ClickHouse clickHouse) throws ClickHouseException {
    String perBlock =
        "SELECT block_id, sum(%s) AS n FROM deepflow.%s GROUP BY block_id HAVING n > 0";
    String spans = perBlock.formatted("1", "spans");
    for (String other :
        new String[] {
          perBlock.formatted("span_count", "trace_index"), perBlock.formatted("spans", "blocks")
        }) {
      String difference =
          "SELECT count() FROM ((%1$s) EXCEPT (%2$s) UNION ALL (%2$s) EXCEPT (%1$s))"
              .formatted(spans, other);
      assertThat(number(clickHouse, difference)).as(other).isZero();
    }
  }
}
