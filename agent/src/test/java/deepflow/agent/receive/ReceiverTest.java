package deepflow.agent.receive;

import static deepflow.agent.receive.ReceiverFixture.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.SessionProtocol;
import deepflow.agent.queue.Admission;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The receiver as a network program: ports, connections, limits, start and stop.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReceiverTest {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final byte[] THREE_SPANS = Requests.spans(3).toByteArray();

  /// Shared: a stop takes two seconds.
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
    agent.notReady = Optional.empty();
  }

  @Test
  void speaksEveryProtocolOnEveryPort() {
    for (ReceivePort port : agent.receiver.ports()) {
      for (SessionProtocol protocol : List.of(SessionProtocol.H1C, SessionProtocol.H2C)) {
        WebClient client =
            WebClient.builder(protocol.uriText() + "://127.0.0.1:" + port.port())
                .factory(agent.clients)
                .build();
        MediaType protobuf = MediaType.parse(PROTOBUF);
        MediaType grpc = MediaType.parse("application/grpc");

        assertThat(post(client, "/v1/traces", protobuf, THREE_SPANS).status().code())
            .isEqualTo(200);
        byte[] framed = Requests.framed(false, THREE_SPANS);
        assertThat(
                post(client, TraceService.GRPC_EXPORT, grpc, framed).trailers().get("grpc-status"))
            .as("%s on %s", protocol, port)
            .isEqualTo("0");
      }
    }
    assertThat(agent.receiver.ports()).hasSize(2).doesNotHaveDuplicates();
    assertThat(agent.queue.entries).hasSize(8);
  }

  @Test
  void takesAVersion4SenderForWhatItIsWhenItListensOnEveryAddress() throws Exception {
    ReceivePort port = ReceiverFixture.config().ports().getFirst();
    try (ReceiverFixture open =
        new ReceiverFixture(config("::", List.of(port), Duration.ofSeconds(20)))) {
      open.post("/v1/traces", PROTOBUF, THREE_SPANS);

      assertThat(open.queue.only().sender()).isEqualTo(InetAddress.ofLiteral("127.0.0.1"));
      assertThat(open.receiver.endpoints().getFirst())
          .startsWith("http://" + InetAddress.getLocalHost().getHostName() + ":");
    }
  }

  @Test
  void goesOnWithoutAnOptionalPortThatIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ReceivePort optional = new ReceivePort(taken.getLocalPort(), "--otlp-grpc-port", true);

      try (ReceiverFixture other = new ReceiverFixture(withPort(optional))) {
        assertThat(other.receiver.ports())
            .extracting(ReceivePort::setting)
            .containsExactly("--agent-port");
        assertThat(other.post("/v1/traces", PROTOBUF, THREE_SPANS).status())
            .isEqualTo(HttpStatus.OK);
      }
    }
  }

  @Test
  void refusesToStartWithoutAPortThatWasAskedFor() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ReceivePort wanted = new ReceivePort(taken.getLocalPort(), "--otlp-grpc-port", false);

      assertThatThrownBy(() -> new ReceiverFixture(withPort(wanted)))
          .isInstanceOf(PortTakenException.class)
          .hasMessage(
              "port %s on 127.0.0.1 can't be used (Address already in use): stop what uses it, or"
                  + " choose another with --otlp-grpc-port",
              Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void keepsTheConnectionThroughRequestsThatItRefuses() throws Exception {
    try (Http1Socket socket = connect()) {
      byte[] large = new byte[ReceiverFixture.BODY_BYTES_MAX + 5];

      assertThat(socket.exchange(Http1Socket.post("/v1/traces", PROTOBUF, large)))
          .startsWith("HTTP/1.1 413 ");
      assertThat(socket.exchange(Http1Socket.post("/v1/traces", PROTOBUF, new byte[] {1, 2, 3})))
          .startsWith("HTTP/1.1 400 ");
      assertThat(socket.exchange(Http1Socket.post("/v1/traces", "text/plain", large)))
          .startsWith("HTTP/1.1 415 ");
      assertThat(socket.exchange(Http1Socket.post("/nowhere", PROTOBUF, THREE_SPANS)))
          .startsWith("HTTP/1.1 404 ");
      assertThat(socket.exchange(Http1Socket.post("/v1/traces", PROTOBUF, THREE_SPANS)))
          .startsWith("HTTP/1.1 200 ");
    }
    assertThat(agent.queue.only().spans()).isEqualTo(3);
  }

  @Test
  void takesChunkedBodiesAndExpectContinue() throws Exception {
    String head =
        "POST /v1/traces HTTP/1.1\r\nhost: agent\r\ncontent-type: application/x-protobuf\r\n";
    ByteArrayOutputStream chunked = new ByteArrayOutputStream();
    chunked.write((head + "transfer-encoding: chunked\r\n\r\n").getBytes(US_ASCII));
    for (byte next : THREE_SPANS) {
      chunked.write(new byte[] {'1', '\r', '\n', next, '\r', '\n'});
    }
    chunked.write("0\r\n\r\n".getBytes(US_ASCII));
    String expecting =
        head + "content-length: " + THREE_SPANS.length + "\r\nexpect: 100-continue\r\n\r\n";

    try (Http1Socket socket = connect()) {
      assertThat(socket.exchange(chunked.toByteArray())).startsWith("HTTP/1.1 200 ");
      assertThat(socket.exchange(expecting.getBytes(US_ASCII))).startsWith("HTTP/1.1 100 ");
      assertThat(socket.exchange(THREE_SPANS)).startsWith("HTTP/1.1 200 ");
    }
    assertThat(agent.queue.entries).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"H1C", "H2C"})
  void answersGoodRequestsAmidGarbageOnTheSameConnections(SessionProtocol protocol) {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    List<CompletableFuture<AggregatedHttpResponse>> good = new ArrayList<>();
    List<CompletableFuture<AggregatedHttpResponse>> bad = new ArrayList<>();
    WebClient client = agent.client(protocol);
    for (int i = 0; i < 60; i++) {
      byte[] garbage = new byte[random.nextInt(2000)];
      random.nextBytes(garbage);
      String encoding = List.of("gzip", "zstd", "deflate", "identity", "x").get(random.nextInt(5));
      bad.add(request(client, "/v1/traces", PROTOBUF, garbage, encoding));
      bad.add(request(client, "/v1/traces", "application/json", garbage, "identity"));
      bad.add(request(client, TraceService.GRPC_EXPORT, "application/grpc", garbage, "identity"));
      good.add(request(client, "/v1/traces", PROTOBUF, THREE_SPANS, "identity"));
    }

    assertThat(good)
        .as("tests.seed=%d", seed)
        .allSatisfy(response -> assertThat(response.join().status()).isEqualTo(HttpStatus.OK));
    assertThat(bad)
        .as("tests.seed=%d", seed)
        .allSatisfy(response -> assertThat(response.join().status().code()).isLessThan(500));
  }

  @Test
  void refusesMoreBytesThanMayBeUnderWayAndRecovers() throws Exception {
    agent.queue.admission = new CompletableFuture<>();
    byte[] request = Requests.spans(20_000).toByteArray();
    WebClient client = agent.client(SessionProtocol.H2C);
    List<CompletableFuture<AggregatedHttpResponse>> responses = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      responses.add(request(client, "/v1/traces", PROTOBUF, request, "identity"));
    }
    await(() -> responses.stream().anyMatch(CompletableFuture::isDone));
    AggregatedHttpResponse busy =
        responses.stream().filter(CompletableFuture::isDone).findFirst().orElseThrow().join();

    assertThat(busy.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(busy.headers().get("retry-after")).isEqualTo("1");

    agent.queue.admission.complete(new Admission.Durable(1));
    agent.queue.answer(new Admission.Durable(1));
    responses.forEach(CompletableFuture::join);
    await(() -> metric("deepflow_agent_in_flight_bytes") == 0);
    assertThat(request(client, "/v1/traces", PROTOBUF, request, "identity").join().status())
        .isEqualTo(HttpStatus.OK);
  }

  @Test
  void forgetsARequestWhoseSenderWentAway() throws Exception {
    byte[] request = Http1Socket.post("/v1/traces", PROTOBUF, new byte[1_000_000]);
    try (Http1Socket socket = connect()) {
      socket.send(request, request.length / 2);
      await(() -> metric("deepflow_agent_in_flight_bytes") > 0);
    }

    await(() -> metric("deepflow_agent_in_flight_bytes") == 0);
    assertThat(metric("deepflow_agent_in_flight_requests")).isZero();
    assertThat(metric("deepflow_agent_requests_total{dialect=\"http_protobuf\",outcome=\"gone\"}"))
        .isEqualTo(1);
    assertThat(agent.queue.entries).isEmpty();
  }

  @Test
  void answersAHeaderThatIsTooLongAndClosesOnlyThatConnection() throws Exception {
    try (Http1Socket socket = connect()) {
      String request =
          "GET /ready HTTP/1.1\r\nhost: agent\r\nx: " + "y".repeat(40_000) + "\r\n\r\n";
      assertThat(socket.exchange(request.getBytes(US_ASCII))).startsWith("HTTP/1.1 431 ");
    }
    assertThat(get("/ready").status()).isEqualTo(HttpStatus.OK);
  }

  @Test
  void saysWhetherItIsReadyAndLive() {
    assertThat(get("/ready").contentUtf8()).isEqualTo("ready\n");
    assertThat(get("/live").contentUtf8()).isEqualTo("live\n");

    agent.notReady = Optional.of("the disk is full");

    assertThat(get("/ready").status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(get("/ready").contentUtf8()).isEqualTo("the disk is full\n");
    assertThat(get("/live").status()).isEqualTo(HttpStatus.OK);
    assertThat(agent.post("/ready", PROTOBUF, new byte[0]).status())
        .isEqualTo(HttpStatus.METHOD_NOT_ALLOWED);
  }

  @Test
  void countsWhatBecameOfEverySpanAndRequest() throws Exception {
    stop();
    start();
    agent.post("/v1/traces", PROTOBUF, Requests.withBadSpans(2, 3).toByteArray());
    agent.post("/v1/traces", PROTOBUF, new byte[] {1});
    agent.queue.answer(new Admission.Busy(Duration.ofSeconds(1), "full"));
    agent.grpc(Requests.framed(false, THREE_SPANS));

    assertThat(metric("deepflow_agent_spans_total{outcome=\"accepted\"}")).isEqualTo(2);
    assertThat(metric("deepflow_agent_spans_total{outcome=\"rejected\"}")).isEqualTo(3);
    assertThat(metric("deepflow_agent_spans_total{outcome=\"busy\"}")).isEqualTo(3);
    assertThat(metric("deepflow_agent_refused_total{reason=\"malformed\"}")).isEqualTo(1);
    assertThat(metric("deepflow_agent_requests_total{dialect=\"grpc\",outcome=\"busy\"}"))
        .isEqualTo(1);
    assertThat(metric("deepflow_agent_request_seconds_count{dialect=\"http_protobuf\"}"))
        .isEqualTo(2);
  }

  @Test
  void answersWhatIsUnderWayWhenItStopsAndRefusesWhatComesAfter() throws Exception {
    agent.queue.admission = new CompletableFuture<>();
    WebClient client = agent.client(SessionProtocol.H2C);
    CompletableFuture<AggregatedHttpResponse> underWay =
        request(client, "/v1/traces", PROTOBUF, THREE_SPANS, "identity");
    await(() -> agent.queue.entries.size() == 1);
    try (Http1Socket socket = connect()) {
      assertThat(socket.exchange(Http1Socket.post("/nowhere", PROTOBUF, THREE_SPANS)))
          .contains(" 404 ");
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(agent.receiver::close);
      await(() -> get("/ready").status().equals(HttpStatus.SERVICE_UNAVAILABLE));

      assertThat(socket.exchange(Http1Socket.post("/v1/traces", PROTOBUF, THREE_SPANS)))
          .startsWith("HTTP/1.1 503 ")
          .contains("retry-after: ");
      assertThat(stopped).isNotDone();

      agent.queue.admission.complete(new Admission.Durable(1));
      stopped.get(20, TimeUnit.SECONDS);
      assertThat(underWay.join().status()).isEqualTo(HttpStatus.OK);
      assertThat(agent.queue.entries).hasSize(1);
    } finally {
      start();
    }
  }

  @Test
  void answersInTimeEvenWhenTheQueueDoesNot() throws Exception {
    try (ReceiverFixture hurried =
        new ReceiverFixture(ReceiverFixture.withTimeout(Duration.ofMillis(300)))) {
      hurried.queue.admission = new CompletableFuture<>();
      AggregatedHttpResponse slow = hurried.post("/v1/traces", PROTOBUF, THREE_SPANS);
      AggregatedHttpResponse grpc = hurried.grpc(Requests.framed(false, THREE_SPANS));

      assertThat(slow.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
      assertThat(slow.headers().get("retry-after")).isEqualTo("5");
      assertThat(grpc.headers().get("grpc-status")).isEqualTo("14");
      assertThat(grpc.headers().get("grpc-message")).isEqualTo("the request took too long");
      hurried.queue.admission.complete(new Admission.Durable(1));
    }
  }

  private static ReceiverConfig withPort(ReceivePort port) {
    return config(
        "127.0.0.1",
        List.of(ReceiverFixture.config().ports().getFirst(), port),
        ReceiverFixture.config().requestTimeout());
  }

  private static ReceiverConfig config(
      String host, List<ReceivePort> ports, Duration requestTimeout) {
    ReceiverConfig config = ReceiverFixture.config();
    return new ReceiverConfig(
        host,
        ports,
        config.bodyBytesMax(),
        config.inFlightBytesMax(),
        config.waitMax(),
        config.connectionsMax(),
        requestTimeout,
        config.idleTimeout(),
        config.stopTimeout(),
        config.corsOrigins(),
        config.eventLoops(),
        config.tls());
  }

  private AggregatedHttpResponse get(String path) {
    return agent.send(SessionProtocol.H1C, HttpMethod.GET, path, "", new byte[0]);
  }

  private double metric(String name) {
    return agent.metric(name);
  }

  private static AggregatedHttpResponse post(
      WebClient client, String path, MediaType type, byte[] body) {
    return client.execute(HttpRequest.of(HttpMethod.POST, path, type, body)).aggregate().join();
  }

  private static CompletableFuture<AggregatedHttpResponse> request(
      WebClient client, String path, String type, byte[] body, String encoding) {
    return client
        .prepare()
        .post(path)
        .header("content-encoding", encoding)
        .content(MediaType.parse(type), body)
        .execute()
        .aggregate();
  }

  private Http1Socket connect() throws IOException {
    return new Http1Socket(agent.port());
  }
}
