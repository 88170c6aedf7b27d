package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Engine;
import deepflow.server.storage.SpanReader;
import deepflow.wire.frame.Identity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// One batch that breaks its block costs no other batch anything, and is not lost itself.
@Timeout(120)
class SetAsideTest {
  @RegisterExtension static final Engine engine = new Engine();

  @TempDir Path aside;

  private static final long SPANS = LinkAgent.SPANS_IN_BATCH;

  /// More than all ordinary batches of a test have together.
  private static final int MANY = 1_000;

  /// Another agent for each test, since they share the store.
  private static long agents = 500;

  private final FaultyClickHouse clickHouse = new FaultyClickHouse(engine.clickHouse());
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Identity agent = new Identity(9, ++agents);

  /// How many blocks can't be made from now on.
  private final AtomicInteger bugs = new AtomicInteger();

  private Ingester ingester;

  @BeforeEach
  void start() throws Exception {
    IngesterConfig usual =
        IngesterConfig.at(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Duration.ofDays(3), aside);
    ingester =
        Ingester.start(
            usual.withMemoryWaitMax(Duration.ofMillis(200)),
            clickHouse,
            this::labels,
            registry,
            InstantSource.system());
  }

  private LabelSnapshot labels() {
    boolean isMaker = Thread.currentThread().getName().startsWith("make blocks");
    if (isMaker && bugs.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new IndexOutOfBoundsException("a test wants it so");
    }
    return LabelSnapshot.empty();
  }

  @AfterEach
  void stop() {
    clickHouse.setFaults(_ -> Fault.NONE);
    ingester.close();
  }

  private LinkAgent connected() throws Exception {
    LinkAgent link = LinkAgent.connect(ingester.port(), agent);
    link.greet(1);
    return link;
  }

  private static FaultyClickHouse.RowFaults ofSpans(int rows, Fault fault) {
    return (sql, inserted) ->
        sql.contains("deepflow.spans ") && inserted >= rows ? fault : Fault.NONE;
  }

  /// So many spans in one trace, of a service of their own.
  private byte[] large() {
    ScopeSpans.Builder spans = ScopeSpans.newBuilder();
    ByteString trace = id(16, agent.low() << 8 | 0xFF);
    for (int i = 1; i <= MANY; i++) {
      spans.addSpans(
          Span.newBuilder()
              .setTraceId(trace)
              .setSpanId(id(8, i))
              .setStartTimeUnixNano(1_800_000_000_000_000_000L)
              .setEndTimeUnixNano(1_800_000_000_000_001_000L));
    }
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(
                            KeyValue.newBuilder()
                                .setKey("service.name")
                                .setValue(AnyValue.newBuilder().setStringValue("large"))))
                .addScopeSpans(spans))
        .build()
        .toByteArray();
  }

  /// Spans whose trace ids are too short.
  private static byte[] badSpans(int count) {
    ScopeSpans.Builder spans = ScopeSpans.newBuilder();
    for (int i = 0; i < count; i++) {
      spans.addSpans(Span.newBuilder().setTraceId(id(15, 1)).setSpanId(id(8, 1)));
    }
    return TracesData.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(spans))
        .build()
        .toByteArray();
  }

  private static ByteString id(int bytes, long low) {
    return ByteString.copyFrom(ByteBuffer.allocate(bytes).putLong(bytes - 8, low).array());
  }

  private Map<Long, Long> stored() throws Exception {
    return Counts.spansOfBatches(clickHouse, agent);
  }

  private void awaitRetries(int count) throws InterruptedException {
    while (registry.get("deepflow.server.block.retries").counter().count() < count) {
      Thread.sleep(5);
    }
  }

  private List<Path> files() throws IOException {
    if (!Files.exists(aside)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(aside)) {
      return files.toList();
    }
  }

  private long setAside() throws Exception {
    return Counts.number(
        clickHouse,
        "SELECT sum(spans) FROM deepflow.refusals WHERE reason = 'set_aside' AND agent = unhex('%s')"
            .formatted(agent));
  }

  private void assertWhole(long batch) throws Exception {
    assertThat(
            TracesData.parseFrom(
                    new SpanReader(clickHouse)
                        .trace(
                            LinkAgent.traceIdHex(agent, batch, 0),
                            SpanReader.TimeRange.ALL,
                            100,
                            Integer.MAX_VALUE)
                        .all()
                        .toTracesData())
                .getResourceSpans(0)
                .getResource()
                .getAttributesList())
        .as("resource of batch %s", batch)
        .hasSize(2);
  }

  @Test
  void aBatchThatTheStoreCanNeverTakeIsSetAsideAndThoseAroundItAreStored() throws Exception {
    clickHouse.setRowFaults(ofSpans(MANY, Fault.BROKEN));
    byte[] request = large();
    try (LinkAgent link = connected()) {
      link.sendBatch(1);
      link.sendBatch(2, request);
      link.sendBatch(3);
      link.awaitCommitted(3);

      assertThat(stored()).isEqualTo(Map.of(1L, SPANS, 3L, SPANS));
      assertWhole(1);
      assertWhole(3);
      assertThat(ingester.failure()).isEmpty();
      assertThat(setAside()).isEqualTo(MANY);
      assertThat(
              registry
                  .get("deepflow.server.spans.refused")
                  .tag("reason", "set_aside")
                  .counter()
                  .count())
          .isEqualTo(MANY);
      assertThat(files())
          .singleElement()
          .satisfies(file -> {
            assertThat(file.getFileName()).hasToString(agent + "-2.pb");
            assertThat(file).hasBinaryContent(request);
          });

      clickHouse.setFaults(_ -> Fault.NONE);
      link.sendBatch(4, Files.readAllBytes(files().getFirst()));
      link.awaitCommitted(4);
      assertThat(stored()).isEqualTo(Map.of(1L, SPANS, 3L, SPANS, 4L, (long) MANY));
    }
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void aBatchOfWhichNoBlockCanBeMadeIsSetAside() throws Exception {
    try (LinkAgent link = connected()) {
      link.sendBatch(1);
      link.awaitCommitted(1);
      bugs.set(2);
      link.sendBatch(2);
      link.awaitCommitted(2);
      link.sendBatch(3);
      link.awaitCommitted(3);

      assertThat(stored()).isEqualTo(Map.of(1L, SPANS, 3L, SPANS));
      assertThat(setAside()).isEqualTo(SPANS);
      assertWhole(3);
      assertThat(files())
          .singleElement()
          .satisfies(file -> assertThat(file).hasBinaryContent(LinkAgent.request(agent, 2)));
    }
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void aBlockThatFindsNoMemoryForLongIsMadeAgainInSmallerOnes() throws Exception {
    clickHouse.setRowFaults(ofSpans(1, Fault.OUT_OF_MEMORY));
    try (LinkAgent link = connected()) {
      for (int batch = 1; batch <= 5; batch++) {
        link.sendBatch(batch);
      }
      awaitRetries(1);
      clickHouse.setRowFaults(ofSpans((int) SPANS + 1, Fault.OUT_OF_MEMORY));
      link.awaitCommitted(5);

      assertThat(stored()).isEqualTo(Map.of(1L, SPANS, 2L, SPANS, 3L, SPANS, 4L, SPANS, 5L, SPANS));
      assertThat(files()).isEmpty();
    }
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void aBatchThatAloneFindsNoMemoryForLongIsSetAside() throws Exception {
    clickHouse.setRowFaults(ofSpans(MANY, Fault.OUT_OF_MEMORY));
    try (LinkAgent link = connected()) {
      link.sendBatch(1, large());
      link.sendBatch(2);
      link.awaitCommitted(2);

      assertThat(stored()).isEqualTo(Map.of(2L, SPANS));
      assertThat(setAside()).isEqualTo(MANY);
      assertThat(files()).hasSize(1);
    }
  }

  @Test
  void eachBatchIsStoredOrSetAsideOnceWhicheverBlocksBreak() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    int batches = 400;
    AtomicInteger inARow = new AtomicInteger();
    clickHouse.setFaults(sql -> {
      if (!sql.contains("deepflow.spans ")) {
        return Fault.NONE;
      }
      // A third batch in a row would stop the ingest.
      boolean breaks = random.nextInt(4) == 0 && inARow.get() < 2;
      inARow.set(breaks ? inARow.get() + 1 : 0);
      return breaks ? Fault.BROKEN : Fault.NONE;
    });
    try (LinkAgent link = connected()) {
      for (int batch = 1; batch <= batches; batch++) {
        link.sendBatch(batch);
        Thread.sleep(random.nextInt(10));
      }
      link.awaitCommitted(batches);
    }

    Map<Long, Long> stored = stored();
    assertThat(stored.values()).as("seed %s", seed).containsOnly(SPANS);
    assertThat(stored.size() * SPANS + setAside()).as("seed %s", seed).isEqualTo(batches * SPANS);
    assertThat(files()).as("seed %s", seed).hasSize(batches - stored.size());
    for (Path file : files()) {
      long batch = Long.parseLong(file.getFileName().toString().replaceAll(".*-|[.]pb", ""));
      assertThat(stored).as("seed %s", seed).doesNotContainKey(batch);
      assertThat(file).hasBinaryContent(LinkAgent.request(agent, batch));
    }
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void aStoreThatTakesNoSpansAtAllStopsTheIngestInsteadOfSettingAllAside() throws Exception {
    clickHouse.setRowFaults(ofSpans(1, Fault.BROKEN));
    try (LinkAgent link = connected()) {
      for (int batch = 1; batch <= 5; batch++) {
        link.sendBatch(batch);
      }
      assertThatThrownBy(() -> link.awaitCommitted(5)).isInstanceOf(IOException.class);
    }

    assertThat(ingester.failure()).isPresent();
    assertThat(files()).hasSize(2);
    ingester.close();
    clickHouse.setFaults(_ -> Fault.NONE);
    start();
    try (LinkAgent link = connected()) {
      for (int batch = 3; batch <= 5; batch++) {
        link.sendBatch(batch);
      }
      link.awaitCommitted(5);
    }
    assertThat(stored()).isEqualTo(Map.of(3L, SPANS, 4L, SPANS, 5L, SPANS));
    assertThat(setAside()).isEqualTo(2 * SPANS);
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void spansThatAreRefusedCountOnceHoweverOftenTheirBlockIsMade() throws Exception {
    clickHouse.setRowFaults(ofSpans(MANY, Fault.BROKEN));
    byte[] bad = badSpans(5);
    try (LinkAgent link = connected()) {
      link.sendBatch(1, bad);
      link.sendBatch(2, large());
      link.sendBatch(3, bad);
      link.awaitCommitted(3);
    }

    assertThat(
            registry
                .get("deepflow.server.spans.refused")
                .tag("reason", "trace_id")
                .counter()
                .count())
        .isEqualTo(10);
  }

  @Test
  void aBatchWaitsUntilItCanBeSetAside() throws Exception {
    Files.delete(aside);
    Files.createFile(aside);
    clickHouse.setRowFaults(ofSpans(MANY, Fault.BROKEN));
    try (LinkAgent link = connected()) {
      link.sendBatch(1, large());
      Thread.sleep(1_000);
      assertThat(ingester.failure()).isEmpty();
      assertThat(registry.get("deepflow.server.blocks").counter().count()).isZero();
      Files.delete(aside);
      link.awaitCommitted(1);
    }
    assertThat(files()).hasSize(1);
  }

  @Test
  void aBlockOfWhichNobodyKnowsHowItsInsertEndedIsNotMadeAgain() throws Exception {
    clickHouse.setFaults(
        sql -> sql.contains("deepflow.spans ") ? Fault.BROKEN_BETWEEN : Fault.NONE);
    try (LinkAgent link = connected()) {
      link.sendBatch(1);
      assertThatThrownBy(() -> link.awaitCommitted(1)).isInstanceOf(IOException.class);
    }
    assertThat(ingester.failure()).isPresent();
    assertThat(files()).isEmpty();
    ingester.close();
    clickHouse.setFaults(_ -> Fault.NONE);
    start();
    assertThat(stored()).isEqualTo(Map.of(1L, SPANS));
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void aBlockOfWhichTheSpansAreStoredIsNotMadeAgain() throws Exception {
    clickHouse.setFaults(
        sql -> sql.contains("deepflow.trace_index") ? Fault.OUT_OF_MEMORY : Fault.NONE);
    try (LinkAgent link = connected()) {
      link.sendBatch(1);
      awaitRetries(7);
      clickHouse.setFaults(_ -> Fault.NONE);
      link.awaitCommitted(1);

      assertThat(stored()).isEqualTo(Map.of(1L, SPANS));
      assertThat(files()).isEmpty();
    }
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void aBlockOfWhichTheSpansAreStoredIsCompletedAfterTheHeapWasFull() throws Exception {
    AtomicInteger lacks = new AtomicInteger(2);
    clickHouse.setFaults(sql -> {
      if (sql.contains("deepflow.trace_index") && lacks.getAndDecrement() > 0) {
        throw new OutOfMemoryError("a test wants it so");
      }
      return Fault.NONE;
    });
    try (LinkAgent link = connected()) {
      link.sendBatch(1);
      link.awaitCommitted(1);
      link.sendBatch(2);
      link.awaitCommitted(2);
    }

    assertThat(stored()).isEqualTo(Map.of(1L, SPANS, 2L, SPANS));
    assertThat(ingester.failure()).isEmpty();
    assertThat(files()).isEmpty();
    assertThat(registry.get("deepflow.server.block.retries").counter().count()).isEqualTo(2);
    Counts.assertTablesAgree(clickHouse);
  }
}
