package deepflow.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import deepflow.benchmarks.SpanMill.Width;
import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Commit;
import deepflow.server.storage.Rollups;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/// Measures steps ⑤ to ⑦ with the real engine in this process: requests to merged parts and metrics
/// that are rolled up. CPU time is the process's, less that of making the requests.
///
/// Arguments: directory of a new store, spans (2000000), spans a block (100000), `WIDE` spans or
/// `ORDINARY` ones. At the end all parts are merged into one, and the bytes of each column follow.
public final class IngestBenchmark {
  private static final double NANOS_OF_SECOND = 1e9;
  private static final Identity AGENT = new Identity(1, 2);
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private IngestBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    long spans = arguments.length > 1 ? Long.parseLong(arguments[1]) : 2_000_000;
    int spansInBlock = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 65_536;
    Width width = arguments.length > 3 ? Width.valueOf(arguments[3]) : Width.ORDINARY;
    try (ClickHouse clickHouse =
        EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(Path.of(arguments[0])))) {
      var store =
          Store.open(
              clickHouse,
              StoreConfig.single(Duration.ofDays(3)),
              InstantSource.system(),
              new Random(1));
      long start = PROCESS.getProcessCpuTime();
      long making = insert(store, spans, spansInBlock, width);
      long inserted = PROCESS.getProcessCpuTime();
      long parts = number(clickHouse, "SELECT count() FROM system.parts WHERE active");
      long rolledUp = rollUp(clickHouse, store);
      awaitMerges(clickHouse);
      long merged = PROCESS.getProcessCpuTime();
      report("inserted", spans, inserted - start - making, parts);
      System.out.printf(
          "of that rolling up metrics: %.2f CPU seconds a million%n", rolledUp / 1e3 / spans);
      report(
          "and merged",
          spans,
          merged - start - making,
          number(clickHouse, "SELECT count() FROM system.parts WHERE active"));
      reportDisk(clickHouse, spans, "merges come to rest");
      clickHouse.execute(Query.of("OPTIMIZE TABLE deepflow.spans FINAL"));
      clickHouse.execute(Query.of("OPTIMIZE TABLE deepflow.trace_index FINAL"));
      reportDisk(clickHouse, spans, "everything is merged");
      reportColumns(clickHouse, spans);
    }
  }

  private static void reportDisk(ClickHouse clickHouse, long spans, String when)
      throws ClickHouseException {
    System.out.printf("bytes a span on disk when %s:%n", when);
    print(
        clickHouse,
        """
        SELECT table, count() AS parts, round(sum(bytes_on_disk) / {spans:UInt64}, 2) AS bytes
        FROM system.parts WHERE active AND database = 'deepflow'
        GROUP BY ROLLUP(table) HAVING bytes >= 0.05 ORDER BY bytes DESC
        """,
        spans);
  }

  private static void reportColumns(ClickHouse clickHouse, long spans) throws ClickHouseException {
    System.out.println("of that each column and index of spans:");
    print(
        clickHouse,
        """
        SELECT name, round(bytes / {spans:UInt64}, 2) AS of_a_span FROM (
          SELECT column AS name, sum(column_bytes_on_disk) AS bytes FROM system.parts_columns
          WHERE active AND database = 'deepflow' AND table = 'spans' GROUP BY name
          UNION ALL
          SELECT 'index ' || name, data_compressed_bytes + marks_bytes
          FROM system.data_skipping_indices WHERE database = 'deepflow' AND table = 'spans')
        WHERE of_a_span >= 0.01 ORDER BY bytes DESC
        """,
        spans);
  }

  private static void print(ClickHouse clickHouse, String sql, long spans)
      throws ClickHouseException {
    try (Rows rows = clickHouse.query(Query.of(sql).with("spans", spans))) {
      while (rows.next()) {
        for (int i = 0; i < rows.columns().size(); i++) {
          System.out.print(rows.get(i) + "\t");
        }
        System.out.println();
      }
    }
  }

  /// Rolls up all blocks.
  ///
  /// @return CPU time that it took, ns
  private static long rollUp(ClickHouse clickHouse, Store store) throws Exception {
    long start = PROCESS.getProcessCpuTime();
    var rollups = new Rollups(clickHouse, store, _ -> {}, Rollups.Pace.NORMAL);
    while (rollups.rollUp(Long.MAX_VALUE)) {
      // the blocks of the next minute
    }
    return PROCESS.getProcessCpuTime() - start;
  }

  /// Inserts blocks one after the other.
  ///
  /// @return CPU time that went into making requests, ns
  private static long insert(Store store, long spans, int spansInBlock, Width width)
      throws Exception {
    var mill =
        new SpanMill(
            "shop", 42, System.currentTimeMillis() * 1_000_000 - 60_000_000_000L, 32, 16, width);
    var draft = new Draft(LabelSnapshot::empty);
    var encoder = new SpanEncoder();
    var block = new StoredBlock();
    var threads = ManagementFactory.getThreadMXBean();
    long making = 0;
    long request = 0;
    for (long batch = 1, done = 0; done < spans; batch++) {
      draft.begin(new Batch(AGENT, 1, batch));
      while (draft.spans() < spansInBlock) {
        long start = threads.getCurrentThreadCpuTime();
        byte[] bytes = mill.request(request++);
        making += threads.getCurrentThreadCpuTime() - start;
        draft.add(bytes, 0, bytes.length, new byte[16], HostAdded.NONE);
      }
      block.begin(store.nextBlock());
      encoder.encode(draft, block);
      block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
      store.commit(block, false);
      done += draft.spans();
      draft.clear();
    }
    return making;
  }

  private static void awaitMerges(ClickHouse clickHouse) throws Exception {
    for (int quiet = 0; quiet < 10; quiet++) {
      Thread.sleep(300);
      if (number(clickHouse, "SELECT count() FROM system.merges") > 0) {
        quiet = 0;
      }
    }
  }

  private static void report(String what, long spans, long cpuNanos, long parts) {
    System.out.printf(
        "%s: %,.0f spans per CPU second, %.2f CPU seconds a million, %d parts%n",
        what, spans * NANOS_OF_SECOND / cpuNanos, cpuNanos / 1e3 / spans, parts);
  }

  private static long number(ClickHouse clickHouse, String sql) throws ClickHouseException {
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      return rows.next() ? rows.getLong(0) : 0;
    }
  }
}
