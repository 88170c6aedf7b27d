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
import java.util.stream.Stream;

/// The tables of a server that has ended, read with the engine alone: no code of the server stands
/// between them and the test.
final class StoredTables implements AutoCloseable {
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
    }
  }

  private void assertSame(String left, String right) throws Exception {
    assertThat(number("SELECT count() FROM (" + left + ")")).isPositive();
    assertThat(number("SELECT count() FROM (" + left + " EXCEPT ALL " + right + ")"))
        .as("rows of the first that the second has not:\n%s\n%s", left, right)
        .isZero();
    assertThat(number("SELECT count() FROM (" + right + " EXCEPT ALL " + left + ")"))
        .as("rows of the second that the first has not:\n%s\n%s", left, right)
        .isZero();
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
