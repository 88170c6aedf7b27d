package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Engine;
import deepflow.server.storage.SpanReader;
import deepflow.server.storage.Trace;
import deepflow.wire.frame.FrameEncoding;
import deepflow.wire.frame.FrameHeader;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MessageType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class IngesterTest {
  @RegisterExtension static final Engine engine = new Engine();

  @TempDir Path aside;

  private static final long SPANS = LinkAgent.SPANS_IN_BATCH;

  /// Another agent for each test, since they share the store.
  private static long agents = 100;

  private final FaultyClickHouse clickHouse = new FaultyClickHouse(engine.clickHouse());
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Identity agent = new Identity(7, ++agents);
  private Ingester ingester;

  @BeforeEach
  void start() throws Exception {
    ingester = open();
  }

  private Ingester open() throws Exception {
    return Ingester.start(
        IngesterConfig.at(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Duration.ofDays(3), aside),
        clickHouse,
        LabelSnapshot::empty,
        registry,
        InstantSource.system());
  }

  @AfterEach
  void stop() {
    clickHouse.setFaults(_ -> Fault.NONE);
    ingester.close();
  }

  private void restart() throws Exception {
    ingester.close();
    ingester = open();
  }

  private LinkAgent connected(long epoch, long committed) throws Exception {
    LinkAgent link = LinkAgent.connect(ingester.port(), agent);
    assertThat(link.greet(epoch))
        .isEqualTo(new LinkMessage.Welcome(ingester.storeIdentity(), committed, true));
    return link;
  }

  private Map<Long, Long> stored() throws Exception {
    return Counts.spansOfBatches(clickHouse, agent);
  }

  @Test
  void storesABatchThenAcknowledgesIt() throws Exception {
    try (LinkAgent link = connected(1, 0)) {
      link.sendBatch(1);
      link.awaitCommitted(1);

      assertThat(stored()).isEqualTo(Map.of(1L, SPANS));
      Trace trace =
          new SpanReader(clickHouse)
              .trace(
                  LinkAgent.traceIdHex(agent, 1, 2),
                  SpanReader.TimeRange.ALL,
                  100,
                  Integer.MAX_VALUE)
              .all();
      assertThat(trace.spans()).isEqualTo(8);
      TracesData data = TracesData.parseFrom(trace.toTracesData());
      assertThat(data.getResourceSpans(0).getResource().getAttributes(0).getValue())
          .satisfies(value -> assertThat(value.getStringValue()).isEqualTo("shop"));
      assertThat(
              Counts.number(
                  clickHouse,
                  "SELECT count() FROM deepflow.spans WHERE dictGet('deepflow.label_names', 'pod', label_id) = 'shop-1'"
                      + " AND request_type = 'GET' AND sender = toIPv6('10.0.0.7')"))
          .isPositive();
      Counts.assertTablesAgree(clickHouse);
      try (Rows rows =
          clickHouse.query(
              Query.untrusted(
                  "SELECT dictGet('deepflow.label_names', 'pod', label_id) AS pod FROM deepflow.spans WHERE pod != '' LIMIT 1"))) {
        assertThat(rows.next()).as("users may ask for labels").isTrue();
        assertThat(rows.getString(0)).isEqualTo("shop-1");
      }
    }
  }

  @Test
  void makesABlockASecondWhereMuchComes() throws Exception {
    int batches = 30;
    long start = System.nanoTime();
    try (LinkAgent link = connected(1, 0)) {
      for (int number = 1; number <= batches; number++) {
        link.sendBatch(number, manySpans(number));
        Thread.sleep(100);
      }
      link.awaitCommitted(batches);
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);

    assertThat(stored()).hasSize(batches);
    assertThat(
            Counts.number(
                clickHouse,
                "SELECT count() FROM deepflow.blocks WHERE agent = toFixedString(unhex('%s'), 16)"
                    .formatted(agent)))
        .as("blocks in %s s and a part of one", seconds)
        .isLessThanOrEqualTo(seconds + 2); // the first one comes at once
  }

  /// A request of 2,400: requests that follow each other are one.
  private byte[] manySpans(int number) throws IOException {
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    for (int i = 0; i < 100; i++) {
      requests.write(LinkAgent.request(agent, number * 100L + i));
    }
    return requests.toByteArray();
  }

  @Test
  void tellsWhatItKnowsOfAnAgent() throws Exception {
    try (LinkAgent link = connected(1, 0)) {
      link.sendBatch(5);
      link.awaitCommitted(5);

      assertThat(ingester.agents())
          .filteredOn(status -> status.identity().equals(agent.toString()))
          .singleElement()
          .satisfies(status -> {
            assertThat(status.host()).isEqualTo("node-1");
            assertThat(status.otlp()).containsExactly("http://127.0.0.1:4318");
            assertThat(status.connected()).isTrue();
            assertThat(status.committedBatch()).isEqualTo(5);
          });
    }
  }

  @Test
  void storesABatchOnceThatComesOnTwoConnections() throws Exception {
    try (LinkAgent first = connected(1, 0)) {
      first.sendBatch(1);
      first.sendBatch(2);
      try (LinkAgent second = LinkAgent.connect(ingester.port(), agent)) {
        assertThat(second.greet(1)).isInstanceOf(LinkMessage.Welcome.class);
        second.sendBatch(1);
        second.sendBatch(2);
        second.sendBatch(3);
        second.awaitCommitted(3);
      }
    }
    assertThat(stored()).isEqualTo(Map.of(1L, SPANS, 2L, SPANS, 3L, SPANS));
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void knowsAfterARestartWhatIsCommitted() throws Exception {
    try (LinkAgent link = connected(3, 0)) {
      link.sendBatch(1);
      link.sendBatch(2);
      link.awaitCommitted(2);
    }
    restart();
    try (LinkAgent link = connected(4, 2)) {
      link.sendBatch(2);
      link.sendBatch(3);
      link.awaitCommitted(3);
    }
    assertThat(stored()).isEqualTo(Map.of(1L, SPANS, 2L, SPANS, 3L, SPANS));
    restart();
    assertRefused(3, "newer process");
  }

  /// By what came last, spans or a report: one that is down must not look as if it never was there.
  @Test
  @Timeout(60)
  void knowsAfterARestartWhenAnAgentWasSeen() throws Exception {
    Identity idle = new Identity(7, ++agents);
    Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    try (LinkAgent sending = connected(1, 0);
        LinkAgent reporting = LinkAgent.connect(ingester.port(), idle)) {
      sending.sendBatch(1);
      sending.awaitCommitted(1);
      reporting.greet(1);
      Instant greeted = lastSeen(idle);
      reporting.send(new LinkMessage.Report(1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
      String kept =
          "SELECT count() FROM deepflow.agent_reports WHERE hex(agent) = '%s'"
              .formatted(idle.toString().toUpperCase(Locale.ROOT));
      while (Counts.number(clickHouse, kept) == 0) {
        Thread.sleep(50);
      }
      assertThat(lastSeen(idle)).isAfter(greeted);
    }
    restart();

    assertThat(lastSeen(agent)).isBetween(before, Instant.now());
    assertThat(lastSeen(idle)).isBetween(before, Instant.now());
  }

  private Instant lastSeen(Identity identity) {
    return ingester.agents().stream()
        .filter(status -> status.identity().equals(identity.toString()))
        .map(AgentStatus::lastSeen)
        .findAny()
        .orElse(Instant.EPOCH);
  }

  @Test
  void refusesTheOlderOfTwoEpochs() throws Exception {
    try (LinkAgent newer = connected(9, 0)) {
      assertRefused(8, "newer process");
      newer.sendBatch(1);
      newer.awaitCommitted(1);
    }
  }

  private void assertRefused(long epoch, String reason) throws Exception {
    try (LinkAgent older = LinkAgent.connect(ingester.port(), agent)) {
      assertThat(older.greet(epoch))
          .isInstanceOfSatisfying(
              LinkMessage.Refusal.class, refusal -> assertThat(refusal.reason()).contains(reason));
      assertThatThrownBy(older::read).isInstanceOf(IOException.class);
    }
  }

  @Test
  void closesTheConnectionThatANewerOneReplaces() throws Exception {
    try (LinkAgent first = connected(1, 0);
        LinkAgent second = connected(2, 0)) {
      assertThatThrownBy(first::read).isInstanceOf(IOException.class);
      second.sendBatch(1);
      second.awaitCommitted(1);
    }
  }

  @Test
  void refusesAnotherProtocolVersion() throws Exception {
    try (LinkAgent link = LinkAgent.connect(ingester.port(), agent)) {
      link.send(new LinkMessage.Hello(99, agent, 1, 1, "{}"));
      assertThat(link.read())
          .isInstanceOfSatisfying(
              LinkMessage.Refusal.class,
              refusal -> assertThat(refusal.reason()).contains("version 1, not 99"));
    }
  }

  @Test
  void closesADamagedConnectionAndTakesTheBatchOnTheNext() throws Exception {
    try (LinkAgent link = connected(1, 0)) {
      link.send(new LinkMessage.Batch(1, 12345, ByteBuffer.wrap(new byte[] {1, 2, 3})));
      assertThatThrownBy(link::read).isInstanceOf(IOException.class);
    }
    try (LinkAgent link = connected(1, 0)) {
      link.sendBatch(1);
      link.awaitCommitted(1);
    }
    assertThat(stored()).isEqualTo(Map.of(1L, SPANS));
  }

  @Test
  void acknowledgesABatchOfRubbishAndCountsIt() throws Exception {
    try (LinkAgent link = connected(1, 0)) {
      link.sendBatch(1, new byte[] {10, 100, 1});
      link.sendBatch(2);
      link.awaitCommitted(2);
    }
    assertThat(stored()).isEqualTo(Map.of(2L, SPANS));
    assertThat(registry.get("deepflow.server.messages.malformed").counter().count()).isOne();
  }

  @Test
  void takesFramesOfADeepFlowAgentAndABrokenMessageCostsOnlyItself() throws Exception {
    Identity deepFlow = Identity.ofDeepFlowAgent((int) agent.low());
    try (LinkAgent link = LinkAgent.connect(ingester.port(), deepFlow)) {
      byte[] good = LinkAgent.request(deepFlow, 1);
      byte[] alsoGood = LinkAgent.request(deepFlow, 2);
      ByteBuffer payload =
          ByteBuffer.allocate(good.length + alsoGood.length + 15).order(ByteOrder.LITTLE_ENDIAN);
      payload.putInt(good.length).put(good);
      payload.putInt(3).put(new byte[] {10, 100, 1});
      payload.putInt(alsoGood.length).put(alsoGood).flip();
      var header =
          new FrameHeader(MessageType.OPENTELEMETRY, FrameEncoding.RAW, 1, 1, (int) deepFlow.low());
      ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + payload.remaining());
      header.writeTo(frame, payload.remaining());
      frame.put(payload).flip();
      link.write(frame);

      while (Counts.spansOfBatches(clickHouse, deepFlow).isEmpty()) {
        Thread.sleep(20);
      }
    }
    assertThat(Counts.spansOfBatches(clickHouse, deepFlow)).isEqualTo(Map.of(1L, 2 * SPANS));
  }

  @Test
  void takesBatchesOfAgentsWhoseClocksAreAnywhere() throws Exception {
    try (LinkAgent link = connected(1, 0)) {
      long[] clocks = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE, Long.MIN_VALUE + 1};
      for (int i = 0; i < clocks.length; i++) {
        link.sendBatch(i + 1, LinkAgent.request(agent, i + 1), clocks[i]);
        link.awaitCommitted(i + 1);
      }
    }
    assertThat(stored()).hasSize(5);
    assertThat(ingester.failure()).isEmpty();
  }

  @Test
  void completesABlockThatFailedBetweenBaseAndDependents() throws Exception {
    clickHouse.setFaults(sql -> sql.contains("deepflow.trace_index") ? Fault.BROKEN : Fault.NONE);
    try (LinkAgent link = connected(1, 0)) {
      link.sendBatch(1);
      assertThatThrownBy(() -> link.awaitCommitted(1)).isInstanceOf(IOException.class);
    }
    assertThat(ingester.failure()).isPresent();
    assertThat(stored()).isEqualTo(Map.of(1L, SPANS));
    clickHouse.setFaults(_ -> Fault.NONE);

    restart();

    Counts.assertTablesAgree(clickHouse);
    try (LinkAgent link = connected(1, 1)) {
      link.sendBatch(1);
      link.sendBatch(2);
      link.awaitCommitted(2);
    }
    assertThat(stored()).isEqualTo(Map.of(1L, SPANS, 2L, SPANS));
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void storesEachBatchOnceHoweverOftenTheStoreIsBusy() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    clickHouse.setFaults(_ ->
        switch (random.nextInt(8)) {
          case 0 -> Fault.BUSY_BEFORE;
          case 1 -> Fault.BUSY_AFTER;
          default -> Fault.NONE;
        });
    try (LinkAgent link = connected(1, 0)) {
      for (long batch = 1; batch <= 6; batch++) {
        link.sendBatch(batch);
        link.awaitCommitted(batch);
      }
    }
    assertThat(stored())
        .as("tests.seed=%d", seed)
        .hasSize(6)
        .allSatisfy((_, n) -> assertThat(n).isEqualTo(SPANS));
    Counts.assertTablesAgree(clickHouse);
  }

  @Test
  void storesWhatItTookBeforeItCloses() throws Exception {
    try (LinkAgent link = connected(1, 0)) {
      for (long batch = 1; batch <= 50; batch++) {
        link.sendBatch(batch);
      }
      link.awaitCommitted(1);
      ingester.close();
      long committed =
          ingester.agents().stream()
              .filter(status -> status.identity().equals(agent.toString()))
              .mapToLong(AgentStatus::committedBatch)
              .sum();
      assertThat(stored()).hasSize((int) committed);
    }
    Counts.assertTablesAgree(clickHouse);
  }
}
