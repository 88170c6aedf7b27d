package deepflow.agent.receive;

import static deepflow.agent.receive.ReceiverFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.SessionProtocol;
import deepflow.agent.queue.Admission;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// More than the agent can take: it says so at once, holds no more than it may, and goes on by
/// itself. And requests that are small on the wire and large in memory.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class OverloadTest {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final double IN_FLIGHT_MAX = 8.0 * ReceiverFixture.BODY_BYTES_MAX;
  private static final byte[] THREE_SPANS = Requests.spans(3).toByteArray();

  private ReceiverFixture agent;

  @BeforeAll
  void start() throws Exception {
    agent = new ReceiverFixture();
  }

  @AfterAll
  void stop() {
    agent.close();
  }

  @BeforeEach
  void forget() {
    agent.queue.entries.clear();
    agent.queue.answer(new Admission.Durable(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"H1C", "H2C"})
  void refusesWhatIsTooMuchWhileADiskIsStuckAndGoesOnByItself(SessionProtocol protocol)
      throws Exception {
    CompletableFuture<Admission> disk = new CompletableFuture<>();
    agent.queue.admission = disk;
    byte[] request = Requests.spans(8000).toByteArray();
    WebClient client = agent.client(protocol);
    List<CompletableFuture<AggregatedHttpResponse>> all = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      all.add(send(client, request));
    }
    await(() -> {
      assertThat(agent.metric("deepflow_agent_in_flight_bytes")).isLessThanOrEqualTo(IN_FLIGHT_MAX);
      return agent.queue.entries.size() + refused(all) == 150;
    });

    int held = agent.queue.entries.size();
    assertThat(held).isBetween(1, (int) (IN_FLIGHT_MAX / request.length));
    all.stream()
        .filter(CompletableFuture::isDone)
        .map(CompletableFuture::join)
        .forEach(OverloadTest::assertBusy);

    disk.complete(new Admission.Durable(1));
    agent.queue.answer(new Admission.Durable(1));
    assertThat(all.stream().filter(response -> response.join().status().equals(HttpStatus.OK)))
        .hasSize(held);
    await(() -> agent.metric("deepflow_agent_in_flight_bytes") == 0);
    assertThat(send(client, request).join().status()).isEqualTo(HttpStatus.OK);
  }

  /// On one connection over HTTP/2: those that wait must not take the window of the one whose turn
  /// it is.
  @ParameterizedTest
  @ValueSource(strings = {"H1C", "H2C"})
  void takesEveryRequestOfAShortRushInTurn(SessionProtocol protocol) throws Exception {
    byte[] request = Requests.spans(3000).toByteArray();
    int fit = (int) (IN_FLIGHT_MAX / 4 / (2 * request.length));
    assertThat(fit).as("requests of the usual size").isGreaterThanOrEqualTo(8);
    try (ReceiverFixture patient =
        new ReceiverFixture(ReceiverFixture.withWait(Duration.ofSeconds(30)))) {
      CompletableFuture<Admission> disk = new CompletableFuture<>();
      patient.queue.admission = disk;
      WebClient client = patient.client(protocol);
      List<CompletableFuture<AggregatedHttpResponse>> rush = new ArrayList<>();
      for (int i = 0; i < 4 * fit; i++) {
        rush.add(send(client, request));
      }
      await(() -> patient.metric("deepflow_agent_waiting_requests") == 3 * fit);
      assertThat(patient.queue.entries).hasSizeLessThanOrEqualTo(fit);

      patient.queue.answer(new Admission.Durable(1));
      disk.complete(new Admission.Durable(1));

      assertThat(rush).allMatch(response -> response.join().status().equals(HttpStatus.OK));
      await(() -> patient.metric("deepflow_agent_in_flight_bytes") == 0);
      assertThat(patient.metric("deepflow_agent_waiting_requests")).isZero();
    }
  }

  @Test
  void holdsItsMemoryForWhatTheQueueHoldsEvenWhenItsSenderWasToldToComeBack() throws Exception {
    try (ReceiverFixture hurried =
        new ReceiverFixture(ReceiverFixture.withTimeout(Duration.ofMillis(300)))) {
      hurried.queue.admission = new CompletableFuture<>();

      assertBusy(hurried.post("/v1/traces", PROTOBUF, THREE_SPANS));

      assertThat(hurried.metric("deepflow_agent_in_flight_bytes")).isPositive();
      hurried.queue.admission.complete(new Admission.Durable(1));
      await(() -> hurried.metric("deepflow_agent_in_flight_bytes") == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "deflate", "snappy"})
  void takesABombForWhatItIsWithoutRoomForIt(String encoding) throws Exception {
    byte[] zeros = new byte[64 << 20];
    byte[] bomb =
        switch (encoding) {
          case "gzip" -> Requests.gzip(zeros);
          case "zstd" -> Requests.zstd(zeros);
          case "deflate" -> Requests.zlib(zeros);
          default -> Requests.snappyFramed(zeros);
        };
    List<CompletableFuture<Void>> bombs = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      bombs.add(
          CompletableFuture.runAsync(() -> {
            HttpStatus status =
                agent.post("/v1/traces", PROTOBUF, bomb, "content-encoding", encoding).status();
            assertThat(status.code()).isIn(413, 503);
          }));
    }
    while (!bombs.stream().allMatch(CompletableFuture::isDone)) {
      assertThat(agent.metric("deepflow_agent_in_flight_bytes")).isLessThanOrEqualTo(IN_FLIGHT_MAX);
    }
    bombs.forEach(CompletableFuture::join);

    AggregatedHttpResponse alone =
        agent.post("/v1/traces", PROTOBUF, bomb, "content-encoding", encoding);
    assertThat(alone.status()).isEqualTo(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
    assertThat(alone.contentUtf8()).contains("larger than 4194304 bytes when decompressed");
    assertThat(agent.metric("deepflow_agent_in_flight_bytes")).isZero();
  }

  /// A frame of one empty block that asks for the window first (RFC 8878, 3.1.1.1.2).
  @Test
  void refusesAZstdFrameThatAsksForAWindowOf2GiB() {
    byte[] small = zstdFrame(25 - 10);
    byte[] frame = zstdFrame(31 - 10);

    assertThat(agent.post("/v1/traces", PROTOBUF, small, "content-encoding", "zstd").status())
        .isEqualTo(HttpStatus.OK);
    AggregatedHttpResponse refused =
        agent.post("/v1/traces", PROTOBUF, frame, "content-encoding", "zstd");

    assertThat(refused.status()).isEqualTo(HttpStatus.BAD_REQUEST);
    assertThat(refused.contentUtf8()).contains("body is not zstd");
  }

  private static byte[] zstdFrame(int windowExponent) {
    return ByteBuffer.allocate(9)
        .putInt(Integer.reverseBytes(Zstd.magicNumber()))
        .put((byte) 0)
        .put((byte) (windowExponent << 3))
        .put(new byte[] {1, 0, 0})
        .array();
  }

  @Test
  void dropsTheSpanWithAValueNestedWithoutEndAndKeepsTheOthers() throws Exception {
    AggregatedHttpResponse answer = agent.post("/v1/traces", PROTOBUF, Requests.nested(100_000));

    assertThat(answer.status()).isEqualTo(HttpStatus.OK);
    assertThat(answer.contentUtf8()).contains("nested deeper than 64");
    assertThat(agent.queue.only().spans()).isEqualTo(2);
  }

  @Test
  void takesASpanOfAMillionAttributesWithinTheBoundsOfItsBytes() throws Exception {
    try (ReceiverFixture large = new ReceiverFixture(ReceiverFixture.withBodies(32 << 20))) {
      Span.Builder span = Requests.span(1);
      for (int i = 0; i < 1_000_000; i++) {
        span.addAttributes(Requests.attribute("k" + i, "v"));
      }
      ExportTraceServiceRequest.Builder request = Requests.spans(2).toBuilder();
      request.getResourceSpansBuilder(0).getScopeSpansBuilder(0).addSpans(span);
      byte[] bytes = request.build().toByteArray();

      assertThat(large.post("/v1/traces", PROTOBUF, bytes).status()).isEqualTo(HttpStatus.OK);
      assertThat(large.queue.only().spans()).isEqualTo(3);
      assertThat(agent.post("/v1/traces", PROTOBUF, bytes).status())
          .isEqualTo(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
    }
  }

  private static CompletableFuture<AggregatedHttpResponse> send(WebClient client, byte[] request) {
    return client
        .prepare()
        .post("/v1/traces")
        .content(MediaType.parse(PROTOBUF), request)
        .execute()
        .aggregate();
  }

  private static int refused(List<CompletableFuture<AggregatedHttpResponse>> all) {
    return (int) all.stream().filter(CompletableFuture::isDone).count();
  }

  private static void assertBusy(AggregatedHttpResponse response) {
    assertThat(response.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(response.headers().getInt("retry-after", 0)).isPositive();
  }
}
