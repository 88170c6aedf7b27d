package deepflow.agent.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.SessionProtocol;
import deepflow.agent.queue.Admission;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// OTLP over gRPC, on the wire: frames and headers, not a client library's view of them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtlpGrpcTest {
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

  @Test
  void answersSuccessWithAnEmptyMessageAndOkInTheTrailers() throws Exception {
    AggregatedHttpResponse response = agent.grpc(Requests.framed(false, THREE_SPANS));

    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(response.headers().get("content-type")).isEqualTo("application/grpc");
    assertThat(response.content().array()).isEqualTo(new byte[5]);
    assertThat(response.trailers().get("grpc-status")).isEqualTo("0");
    assertThat(agent.queue.only().spans()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "deflate", "snappy"})
  void takesCompressedMessages(String encoding) {
    byte[] message =
        switch (encoding) {
          case "zstd" -> Requests.zstd(THREE_SPANS);
          case "deflate" -> Requests.zlib(THREE_SPANS);
          case "snappy" -> Requests.snappyFramed(THREE_SPANS);
          default -> Requests.gzip(THREE_SPANS);
        };

    AggregatedHttpResponse response =
        agent.grpc(Requests.framed(true, message), "grpc-encoding", encoding);

    assertThat(response.trailers().get("grpc-status")).isEqualTo("0");
    assertThat(agent.queue.only().spans()).isEqualTo(3);
  }

  @Test
  void takesAnUncompressedMessageOfACompressingCall() {
    AggregatedHttpResponse response =
        agent.grpc(Requests.framed(false, THREE_SPANS), "grpc-encoding", "gzip");

    assertThat(response.trailers().get("grpc-status")).isEqualTo("0");
  }

  @Test
  void o7_answersPartialSuccess() throws Exception {
    AggregatedHttpResponse response =
        agent.grpc(Requests.framed(false, Requests.withBadSpans(2, 3).toByteArray()));

    byte[] frame = response.content().array();
    ExportTraceServiceResponse message =
        ExportTraceServiceResponse.parseFrom(Arrays.copyOfRange(frame, 5, frame.length));
    assertThat(response.trailers().get("grpc-status")).isEqualTo("0");
    assertThat(message.getPartialSuccess().getRejectedSpans()).isEqualTo(3);
  }

  @Test
  void o16_warnsOfStringIndexesAndTakesTheSpan() throws Exception {
    AggregatedHttpResponse response =
        agent.grpc(Requests.framed(false, Requests.withStringIndexes().toByteArray()));

    byte[] frame = response.content().array();
    ExportTraceServiceResponse message =
        ExportTraceServiceResponse.parseFrom(Arrays.copyOfRange(frame, 5, frame.length));
    assertThat(response.trailers().get("grpc-status")).isEqualTo("0");
    assertThat(message.getPartialSuccess().getRejectedSpans()).isZero();
    assertThat(message.getPartialSuccess().getErrorMessage()).startsWith("ignored: 2 of");
  }

  @Test
  void o9_refusesABadMessageWithInvalidArgument() throws Exception {
    AggregatedHttpResponse response = agent.grpc(Requests.framed(false, new byte[] {0x0a, 0x7f}));

    assertStatus(
        response, 3, "not an ExportTraceServiceRequest: length 127 is beyond the end at byte 1");
    assertThat(details(response).getDetails(0).is(BadRequest.class)).isTrue();
  }

  @Test
  void o3_refusesAMessageAboveTheLimitWithoutRetryInfo() throws Exception {
    byte[] message = new byte[ReceiverFixture.BODY_BYTES_MAX + 1];

    AggregatedHttpResponse large = agent.grpc(Requests.framed(false, message));
    AggregatedHttpResponse bomb =
        agent.grpc(Requests.framed(true, Requests.gzip(message)), "grpc-encoding", "gzip");

    assertStatus(large, 8, "request is larger than 4194304 bytes");
    assertThat(details(large).getDetailsList()).isEmpty();
    assertStatus(bomb, 8, "request is larger than 4194304 bytes when decompressed");
  }

  @Test
  void o11_tellsAnOverloadedSenderWhenToComeBack() throws Exception {
    agent.queue.answer(new Admission.Busy(Duration.ofSeconds(2), "the queue is full: 100 % of it"));

    AggregatedHttpResponse response = agent.grpc(Requests.framed(false, THREE_SPANS));

    assertStatus(response, 14, "the queue is full: 100 %25 of it");
    RetryInfo retry = details(response).getDetails(0).unpack(RetryInfo.class);
    assertThat(retry.getRetryDelay().getSeconds()).isEqualTo(2);
  }

  @Test
  void refusesBodiesThatAreNotExactlyOneMessage() {
    byte[] one = Requests.framed(false, THREE_SPANS);
    byte[] two = Arrays.copyOf(one, one.length * 2);
    System.arraycopy(one, 0, two, one.length, one.length);
    byte[] flags = one.clone();
    flags[0] = 2;

    assertStatus(agent.grpc(new byte[0]), 3, "gRPC body of 0 bytes has no message");
    assertStatus(agent.grpc(two), 3, "more than one gRPC message in a unary call");
    assertStatus(
        agent.grpc(Arrays.copyOf(one, one.length - 1)),
        3,
        "gRPC message of %s bytes ends after %s".formatted(one.length - 5, one.length - 6));
    assertStatus(agent.grpc(flags), 3, "gRPC message has flags 2");
    assertStatus(
        agent.grpc(Requests.framed(true, THREE_SPANS)),
        3,
        "gRPC message is compressed, but grpc-encoding doesn't say how");
    assertThat(agent.queue.entries).isEmpty();
  }

  @Test
  void answersAnUnknownEncodingWithUnimplementedAndTheKnownOnes() {
    AggregatedHttpResponse response =
        agent.grpc(Requests.framed(true, THREE_SPANS), "grpc-encoding", "lz4");

    assertThat(response.headers().get("grpc-status")).isEqualTo("12");
    assertThat(response.headers().get("grpc-accept-encoding")).contains("gzip");
  }

  @Test
  void answersUnknownMethodsAndOtherSignalsWithUnimplemented() {
    assertStatus(call("/a.B/C"), 12, "no method /a.B/C");
    assertStatus(call("/v1/traces"), 12, "no method /v1/traces");
    assertStatus(
        call("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"),
        12,
        TraceService.TRACES_ONLY);
    assertStatus(
        call("/opentelemetry.proto.collector.logs.v1.LogsService/Export"),
        12,
        TraceService.TRACES_ONLY);
  }

  @Test
  void refusesOtherContentTypesOnTheMethodsPath() {
    AggregatedHttpResponse response =
        agent.send(
            SessionProtocol.H2C,
            HttpMethod.POST,
            TraceService.GRPC_EXPORT,
            "application/json",
            "{}".getBytes(UTF_8));

    assertThat(response.status()).isEqualTo(HttpStatus.UNSUPPORTED_MEDIA_TYPE);
    assertThat(response.contentUtf8())
        .contains("this path is gRPC's: send application/json to /v1/traces");
  }

  private AggregatedHttpResponse call(String path) {
    return agent.send(
        SessionProtocol.H2C,
        HttpMethod.POST,
        path,
        "application/grpc+proto",
        Requests.framed(false, THREE_SPANS));
  }

  private static void assertStatus(AggregatedHttpResponse response, int code, String message) {
    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(response.headers().get("grpc-status")).isEqualTo(Integer.toString(code));
    assertThat(response.headers().get("grpc-message")).isEqualTo(message);
  }

  private static Status details(AggregatedHttpResponse response) throws Exception {
    String base64 = response.headers().get("grpc-status-details-bin", "");
    return Status.parseFrom(Base64.getDecoder().decode(base64));
  }
}
