package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.SpanMill;
import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The tables of a server that has ended, read with the engine alone: no code of the server stands
/// between them and the test.
final class StoredTables implements AutoCloseable {
  private static final int ROWS_SHOWN = 10;

  private final ClickHouse engine;

  private StoredTables(ClickHouse engine) {
    this.engine = engine;
  }

  /// Checks that the base table has each accepted span once, and that each dependent table says of
  /// each block exactly what the base says.
  ///
  /// @param data the data directory of the program that has ended
  /// @param requests how many of the mill's requests were accepted
  static void check(Path data, SpanMill mill, long requests) throws Exception {
    long spans = requests * mill.spansInRequest();
    try (StoredTables tables =
        new StoredTables(EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(store(data))))) {
      String of = " FROM deepflow.spans WHERE service = '" + mill.service() + "'";
      assertThat(tables.number("SELECT count()" + of)).isEqualTo(spans);
      assertThat(tables.number("SELECT uniqExact(trace_id, span_id)" + of)).isEqualTo(spans);

      String inTraces = "SELECT block_id, trace_id, count() FROM deepflow.spans GROUP BY ALL";
      String traces =
          "SELECT block_id, trace_id, sum(span_count) FROM deepflow.trace_index GROUP BY ALL";
      tables.assertSame(inTraces, traces);
      String inBlocks = "SELECT block_id, agent, count() FROM deepflow.spans GROUP BY ALL";
      String blocks = "SELECT block_id, agent, sum(spans) FROM deepflow.blocks GROUP BY ALL";
      tables.assertSame(inBlocks, blocks);
      tables.checkMetrics();
      tables.checkValues();
    }
  }

  /// Each block's metrics count its spans, and what is rolled up counts those of its blocks.
  private void checkMetrics() throws Exception {
    assertSame(
        "SELECT block_id, service, count(), countIf(status_code = 2 OR response_status = 3)"
            + " FROM deepflow.spans GROUP BY ALL",
        "SELECT block_id, service, toUInt64(sum(request)), toUInt64(sum(failure))"
            + " FROM deepflow.red_1s GROUP BY ALL");
    // In a run of less than two minutes nothing is.
    assertEqual(
        """
        SELECT rollup, service, count()
        FROM (SELECT rollup, block_id FROM deepflow.rollups AS r CROSS JOIN
          (SELECT DISTINCT block_id FROM deepflow.spans) AS b
          WHERE block_id >= block_min AND block_id < block_end) AS taken
        JOIN deepflow.spans USING block_id
        GROUP BY ALL
        """,
        """
        SELECT rollup, service, toUInt64(sum(request)) FROM deepflow.red_1m
        WHERE rollup IN (SELECT rollup FROM deepflow.rollups) GROUP BY ALL
        """);
  }

  /// Where the values are of a sixteenth of all hashes is in the index of values; of all of them
  /// the engine could not remember the places.
  private void checkValues() throws Exception {
    String ofSpans =
        """
        SELECT DISTINCT bitShiftRight(xxh3(arrayJoin(mapValues(attributes))), 36) AS hash,
          intDiv(toUnixTimestamp64Nano(start_time), 1000000000) AS step
        FROM deepflow.spans WHERE hash % 16 = 0
        """;
    assertThat(number("SELECT count() FROM (" + ofSpans + ")")).isPositive();
    assertThat(
            number(
                """
                SELECT count() FROM (%s) WHERE (hash, step) NOT IN
                  (SELECT hash, step FROM deepflow.value_index WHERE hash %% 16 = 0)
                """
                    .formatted(ofSpans)))
        .as("values that the index doesn't have")
        .isZero();
  }

  private void assertSame(String left, String right) throws Exception {
    assertThat(number("SELECT count() FROM (" + left + ")")).isPositive();
    assertEqual(left, right);
  }

  private void assertEqual(String left, String right) throws Exception {
    assertThat(rows(left + " EXCEPT ALL " + right))
        .as("rows of the first that the second has not:\n%s\n%s", left, right)
        .isEmpty();
    assertThat(rows(right + " EXCEPT ALL " + left))
        .as("rows of the second that the first has not:\n%s\n%s", left, right)
        .isEmpty();
  }

  private List<String> rows(String sql) throws Exception {
    List<String> found = new ArrayList<>();
    try (Rows rows =
        engine.query(Query.of("SELECT * FROM (%s) LIMIT %s".formatted(sql, ROWS_SHOWN)))) {
      while (rows.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 0; i < rows.columns().size(); i++) {
          row.add(rows.get(i));
        }
        found.add(row.toString());
      }
    }
    return found;
  }

  private long number(String sql) throws Exception {
    try (Rows rows = engine.query(Query.of(sql))) {
      assertThat(rows.next()).as(sql).isTrue();
      return rows.getLong(0);
    }
  }

  /// The engine's directory is the one that has its two folders.
  private static Path store(Path data) throws IOException {
    try (Stream<Path> folders = Files.walk(data, 4)) {
      return folders
          .filter(folder -> Files.isDirectory(folder.resolve("metadata")))
          .filter(folder -> Files.isDirectory(folder.resolve("store")))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no store below " + data));
    }
  }

  @Override
  public void close() {
    engine.close();
  }
}
