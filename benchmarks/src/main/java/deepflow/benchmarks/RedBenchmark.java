package deepflow.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import deepflow.clickhouse.ClickHouse;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Measures what RED metrics cost: the CPU time of the whole process that steps ⑤ to ⑦ take for a
/// span with their tables and without, in rounds that take turns, each with an empty store, until
/// the engine has nothing left to merge. Prints each round, and the medians with their ratio.
///
/// Arguments: directory of a new store, rounds of each kind (5), spans a round (600000), spans a
/// block (100000). Two rounds more, one of each kind, warm up.
public final class RedBenchmark {
  private static final Identity AGENT = new Identity(1, 2);
  private static final String[] SERVICES = {"shop", "cart", "pricing", "stock", "mail"};
  private static final long NANOS_OF_MILLI = 1_000_000;

  /// From block to block.
  private static final long BLOCK_NANOS = 1_000 * NANOS_OF_MILLI;

  private static final int TRACES_IN_REQUEST = 32;
  private static final int SPANS_IN_TRACE = 16;
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /// CPU time a span, ns.
  ///
  /// @param encoding of the thread that makes blocks
  /// @param storing inserts, and merges while they go on
  /// @param rolling rolling up
  /// @param merging what is left of merging
  private record Cost(double encoding, double storing, double rolling, double merging) {
    double sum() {
      return encoding + storing + rolling + merging;
    }

    String words() {
      return "%.0f ns a span: encode %.0f, store %.0f, roll up %.0f, merge %.0f"
          .formatted(sum(), encoding, storing, rolling, merging);
    }
  }

  private final ClickHouse clickHouse;
  private final long begin = System.currentTimeMillis() * NANOS_OF_MILLI;
  private final long spans;
  private final int spansInBlock;
  private final List<byte[]> requests = new ArrayList<>();

  /// ns since 1970: the store's clock, which a busy machine can't delay, so that no span is late.
  private long now = begin;

  private RedBenchmark(ClickHouse clickHouse, long spans, int spansInBlock) {
    this.clickHouse = clickHouse;
    this.spans = spans;
    this.spansInBlock = spansInBlock;
    long from = now - BLOCK_NANOS;
    List<SpanMill> mills = new ArrayList<>();
    for (int i = 0; i < SERVICES.length; i++) {
      mills.add(new SpanMill(SERVICES[i], i, from, TRACES_IN_REQUEST, SPANS_IN_TRACE));
    }
    for (int i = 0; (long) i * TRACES_IN_REQUEST * SPANS_IN_TRACE < spans; i++) {
      requests.add(mills.get(i % mills.size()).request(i));
    }
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = (int) argument(arguments, 1, 5);
    long spans = argument(arguments, 2, 600_000);
    try (ClickHouse clickHouse =
        EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(Path.of(arguments[0])))) {
      new RedBenchmark(clickHouse, spans, (int) argument(arguments, 3, 65_536)).run(rounds);
    }
  }

  private static long argument(String[] arguments, int index, long otherwise) {
    return arguments.length > index ? Long.parseLong(arguments[index]) : otherwise;
  }

  private void run(int rounds) throws Exception {
    round(true);
    round(false);
    List<Cost> with = new ArrayList<>();
    List<Cost> without = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      // Each kind comes first as often.
      boolean first = i % 2 == 0;
      (first ? with : without).add(round(first));
      (first ? without : with).add(round(!first));
      System.out.printf(
          "%s: with %s%n%s: without %s%n",
          i + 1, with.getLast().words(), i + 1, without.getLast().words());
    }
    Cost most = median(with);
    Cost least = median(without);
    System.out.printf("medians with:    %s%n", most.words());
    System.out.printf("medians without: %s%n", least.words());
    System.out.printf(
        "ratio of the medians: %.3f; without rolling up %.3f%n",
        most.sum() / least.sum(), (most.sum() - most.rolling) / least.sum());
  }

  private static Cost median(List<Cost> costs) {
    return new Cost(
        median(costs.stream().mapToDouble(Cost::encoding).toArray()),
        median(costs.stream().mapToDouble(Cost::storing).toArray()),
        median(costs.stream().mapToDouble(Cost::rolling).toArray()),
        median(costs.stream().mapToDouble(Cost::merging).toArray()));
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private Cost round(boolean metrics) throws Exception {
    clickHouse.execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    Store store =
        Store.open(
            clickHouse,
            StoreConfig.single(Duration.ofDays(3)),
            () -> Instant.ofEpochSecond(0, now),
            new Random(1));
    now = begin;
    long start = PROCESS.getProcessCpuTime();
    long encoding = insert(store, metrics ? new StoredBlock() : new StoredBlock(0));
    long stored = PROCESS.getProcessCpuTime();
    if (metrics) {
      rollUp(store);
    }
    long rolled = PROCESS.getProcessCpuTime();
    awaitMerges();
    long merged = PROCESS.getProcessCpuTime();
    return new Cost(
        (double) encoding / spans,
        (double) (stored - start - encoding) / spans,
        (double) (rolled - stored) / spans,
        (double) (merged - rolled) / spans);
  }

  /// Inserts blocks one after the other.
  ///
  /// @return CPU time that went into making them, ns
  private long insert(Store store, StoredBlock block) throws Exception {
    var draft = new Draft(LabelSnapshot::empty);
    var encoder = new SpanEncoder();
    var threads = ManagementFactory.getThreadMXBean();
    long making = 0;
    long batch = 0;
    for (int request = 0; request < requests.size(); ) {
      long start = threads.getCurrentThreadCpuTime();
      draft.begin(new Batch(AGENT, 1, ++batch));
      for (; draft.spans() < spansInBlock && request < requests.size(); request++) {
        byte[] bytes = requests.get(request);
        draft.add(bytes, 0, bytes.length, new byte[16], HostAdded.NONE);
      }
      now += BLOCK_NANOS;
      block.begin(store.nextBlock());
      encoder.encode(draft, block);
      block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
      making += threads.getCurrentThreadCpuTime() - start;
      store.commit(block, false);
      draft.clear();
    }
    return making;
  }

  private void rollUp(Store store) throws Exception {
    var rollups = new Rollups(clickHouse, store, _ -> {}, Rollups.Pace.NORMAL);
    while (rollups.rollUp(Long.MAX_VALUE)) {
      // the blocks of the next minute
    }
  }

  private void awaitMerges() throws Exception {
    for (int quiet = 0; quiet < 10; quiet++) {
      Thread.sleep(200);
      try (Rows rows = clickHouse.query(Query.of("SELECT count() FROM system.merges"))) {
        if (rows.next() && rows.getLong(0) > 0) {
          quiet = 0;
        }
      }
    }
  }
}
