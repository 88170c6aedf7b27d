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
import deepflow.agent.queue.Entry;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// OTLP over HTTP. O1 to O22 are the numbered rules of the OTLP specification as the project's
/// documentation lists them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtlpHttpTest {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final String JSON = "application/json";
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
  @ValueSource(strings = {"/v1/traces", "/api/v1/otel/trace"})
  void o6_answersFullSuccessWithAnEmptyMessageOfTheRequestsType(String path) throws Exception {
    AggregatedHttpResponse response = agent.post(path, PROTOBUF, THREE_SPANS);

    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(response.headers().get("content-type")).isEqualTo(PROTOBUF);
    assertThat(response.headers().contentLength()).isZero();
    assertThat(agent.queue.only().spans()).isEqualTo(3);
  }

  @Test
  void o6_answersJsonWithAnEmptyObject() throws Exception {
    AggregatedHttpResponse response =
        agent.post("/v1/traces", "Application/JSON; charset=utf-8", Requests.JSON.getBytes(UTF_8));

    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(response.headers().get("content-type")).isEqualTo(JSON);
    assertThat(response.contentUtf8()).isEqualTo("{}");
    assertThat(agent.queue.onlyRequest().getResourceSpans(0).getScopeSpans(0).getSpans(0).getName())
        .isEqualTo("buy");
  }

  @Test
  void givesTheQueueTheRequestWithTheAddressOfItsSender() throws Exception {
    agent.post("/v1/traces", PROTOBUF, THREE_SPANS, "x-forwarded-for", "203.0.113.9");

    Entry entry = agent.queue.only();
    assertThat(entry.sender()).isEqualTo(InetAddress.getLoopbackAddress());
    assertThat(entry.receivedNanos()).isEqualTo(1795453620000000123L);
    assertThat(entry.hostIpAdded()).containsExactly(1);
    ExportTraceServiceRequest.Builder expected = Requests.spans(3).toBuilder();
    expected
        .getResourceSpansBuilder(0)
        .getResourceBuilder()
        .addAttributes(Requests.attribute("app.host.ip", "127.0.0.1"));
    assertThat(agent.queue.onlyRequest()).isEqualTo(expected.build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gzip",
        "GZIP",
        "x-gzip",
        "zstd",
        "deflate",
        "raw deflate",
        "snappy",
        "framed snappy",
        "x-snappy-framed",
        "identity"
      })
  void o2_takesEveryEncoding(String encoding) throws Exception {
    byte[] body =
        switch (encoding) {
          case "zstd" -> Requests.zstd(THREE_SPANS);
          case "deflate" -> Requests.zlib(THREE_SPANS);
          case "raw deflate" -> Requests.rawDeflate(THREE_SPANS);
          case "snappy" -> Requests.snappyBlock(THREE_SPANS);
          case "framed snappy", "x-snappy-framed" -> Requests.snappyFramed(THREE_SPANS);
          case "identity" -> THREE_SPANS;
          default -> Requests.gzip(THREE_SPANS);
        };
    String header = encoding.replaceFirst("^(raw|framed) ", "");

    AggregatedHttpResponse response =
        agent.post("/v1/traces", PROTOBUF, body, "content-encoding", header);

    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(agent.queue.only().spans()).isEqualTo(3);
  }

  @Test
  void hashesWhatTheSenderMeantNotHowItWasCompressed() {
    agent.post("/v1/traces", PROTOBUF, THREE_SPANS);
    agent.post("/v1/traces", PROTOBUF, Requests.gzip(THREE_SPANS), "content-encoding", "gzip");
    agent.post("/v1/traces", PROTOBUF, Requests.spans(4).toByteArray());

    assertThat(agent.queue.entries.get(1).hash()).isEqualTo(agent.queue.entries.get(0).hash());
    assertThat(agent.queue.entries.get(2).hash()).isNotEqualTo(agent.queue.entries.get(0).hash());
  }

  @Test
  void o2_refusesAnUnknownEncodingForGood() throws Exception {
    AggregatedHttpResponse response =
        agent.post("/v1/traces", PROTOBUF, THREE_SPANS, "content-encoding", "br");

    assertThat(response.status()).isEqualTo(HttpStatus.UNSUPPORTED_MEDIA_TYPE);
    assertThat(response.headers().get("accept-encoding")).contains("gzip").contains("zstd");
    assertThat(Status.parseFrom(response.content().array()).getMessage())
        .startsWith("encoding br is unknown");
  }

  @Test
  void o2_saysThatABodyIsCutOff() {
    byte[] gzip = Requests.gzip(Requests.spans(50).toByteArray());
    for (int length : new int[] {0, 5, gzip.length / 2}) {
      byte[] cut = Arrays.copyOf(gzip, length);

      AggregatedHttpResponse response =
          agent.post("/v1/traces", JSON, cut, "content-encoding", "gzip");

      assertThat(response.contentUtf8()).contains("body is not gzip: it is cut off");
    }
  }

  @Test
  void o3_refusesABodyAboveTheLimit() throws Exception {
    AggregatedHttpResponse response =
        agent.post("/v1/traces", PROTOBUF, new byte[ReceiverFixture.BODY_BYTES_MAX + 1]);

    assertThat(response.status()).isEqualTo(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
    assertThat(Status.parseFrom(response.content().array()).getMessage())
        .isEqualTo("request is larger than 4194304 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "deflate", "snappy", "x-snappy-framed"})
  void o3_stopsDecompressingAtTheLimit(String encoding) throws Exception {
    byte[] bomb = new byte[64 << 20];
    byte[] body =
        switch (encoding) {
          case "zstd" -> Requests.zstd(bomb);
          case "deflate" -> Requests.zlib(bomb);
          case "snappy" -> Requests.snappyBlock(bomb);
          case "x-snappy-framed" -> Requests.snappyFramed(bomb);
          default -> Requests.gzip(bomb);
        };
    AggregatedHttpResponse response =
        agent.post("/v1/traces", PROTOBUF, body, "content-encoding", encoding);

    assertThat(response.status()).isEqualTo(HttpStatus.REQUEST_ENTITY_TOO_LARGE);
    assertThat(Status.parseFrom(response.content().array()).getMessage())
        .isEqualTo("request is larger than 4194304 bytes when decompressed");
  }

  @Test
  void o3_takesABodyOfExactlyTheLimit() throws Exception {
    byte[] request = Arrays.copyOf(THREE_SPANS, ReceiverFixture.BODY_BYTES_MAX);
    int rest = request.length - THREE_SPANS.length;
    // an unknown field of the request fills it up: tag 2, length as a varint of four bytes
    int payload = rest - 5;
    request[THREE_SPANS.length] = 0x12;
    for (int i = 0; i < 4; i++) {
      request[THREE_SPANS.length + 1 + i] =
          (byte) ((payload >>> (7 * i) & 0x7F) | (i < 3 ? 0x80 : 0));
    }

    for (String encoding : new String[] {"identity", "gzip", "zstd"}) {
      byte[] body =
          switch (encoding) {
            case "gzip" -> Requests.gzip(request);
            case "zstd" -> Requests.zstd(request);
            default -> request;
          };
      assertThat(agent.post("/v1/traces", PROTOBUF, body, "content-encoding", encoding).status())
          .as(encoding)
          .isEqualTo(HttpStatus.OK);
    }
  }

  @Test
  void o7_countsRejectedSpansAndKeepsTheRest() throws Exception {
    AggregatedHttpResponse response =
        agent.post("/v1/traces", PROTOBUF, Requests.withBadSpans(2, 3).toByteArray());

    ExportTraceServiceResponse body =
        ExportTraceServiceResponse.parseFrom(response.content().array());
    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(body.getPartialSuccess().getRejectedSpans()).isEqualTo(3);
    assertThat(body.getPartialSuccess().getErrorMessage())
        .startsWith("spans rejected: 3 with a trace_id that is not 16 bytes");
    assertThat(agent.queue.only().spans()).isEqualTo(2);
  }

  @Test
  void o7_writesTheCountAsAStringInJson() {
    String json = Requests.JSON.replace("5B8EFFF798038103D269B633813FC60C", "5B8E");

    AggregatedHttpResponse response = agent.post("/v1/traces", JSON, json.getBytes(UTF_8));

    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(response.contentUtf8())
        .startsWith(
            "{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"spans rejected");
    assertThat(agent.queue.entries).isEmpty();
  }

  @Test
  void o8_o9_refusesWhatIsNoProtobufWithAStatusThatSaysWhere() throws Exception {
    byte[] cut = Arrays.copyOf(THREE_SPANS, THREE_SPANS.length - 1);

    AggregatedHttpResponse response = agent.post("/v1/traces", PROTOBUF, cut);

    assertThat(response.status()).isEqualTo(HttpStatus.BAD_REQUEST);
    assertThat(response.headers().get("content-type")).isEqualTo(PROTOBUF);
    Status status = Status.parseFrom(response.content().array());
    assertThat(status.getCode()).isEqualTo(3);
    assertThat(status.getMessage())
        .matches("not an ExportTraceServiceRequest: length \\d+ is beyond the end at byte 1");
    assertThat(status.getDetails(0).unpack(BadRequest.class).getFieldViolations(0).getDescription())
        .isEqualTo(status.getMessage());
  }

  @Test
  void o8_o9_refusesWhatIsNoJsonWithAStatusInJson() {
    AggregatedHttpResponse response =
        agent.post("/v1/traces", JSON, "{\"resourceSpans\": 5}".getBytes(UTF_8));

    assertThat(response.status()).isEqualTo(HttpStatus.BAD_REQUEST);
    assertThat(response.headers().get("content-type")).isEqualTo(JSON);
    assertThat(response.contentUtf8())
        .isEqualTo(
            "{\"code\":3,\"message\":\"not OTLP/JSON: resourceSpans of request is an array at byte"
                + " 18\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\","
                + "\"fieldViolations\":[{\"description\":\"not OTLP/JSON: resourceSpans of request"
                + " is an array at byte 18\"}]}]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd", "deflate", "snappy"})
  void o9_refusesWhatIsNotCompressedAsItSays(String encoding) throws Exception {
    AggregatedHttpResponse response =
        agent.post("/v1/traces", PROTOBUF, THREE_SPANS, "content-encoding", encoding);

    assertThat(response.status()).isEqualTo(HttpStatus.BAD_REQUEST);
    assertThat(Status.parseFrom(response.content().array()).getMessage())
        .startsWith("body is not " + encoding);
  }

  @Test
  void o11_tellsAnOverloadedSenderWhenToComeBack() throws Exception {
    agent.queue.answer(new Admission.Busy(Duration.ofMillis(2500), "the queue is full"));

    AggregatedHttpResponse response = agent.post("/v1/traces", PROTOBUF, THREE_SPANS);

    assertThat(response.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    assertThat(response.headers().get("retry-after")).isEqualTo("3");
    Status status = Status.parseFrom(response.content().array());
    assertThat(status.getMessage()).isEqualTo("the queue is full");
    assertThat(status.getDetails(0).unpack(RetryInfo.class).getRetryDelay())
        .isEqualTo(
            com.google.protobuf.Duration.newBuilder().setSeconds(2).setNanos(500_000_000).build());
  }

  @Test
  void o11_tellsItInJsonToo() {
    agent.queue.answer(new Admission.Busy(Duration.ofSeconds(2), "full"));

    AggregatedHttpResponse response = agent.post("/v1/traces", JSON, Requests.JSON.getBytes(UTF_8));

    assertThat(response.contentUtf8())
        .isEqualTo(
            "{\"code\":14,\"message\":\"full\",\"details\":[{\"@type\":"
                + "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"2s\"}]}");
  }

  @Test
  void o10_letsTheSenderComeBackWhenTheQueueFails() {
    agent.queue.admission = CompletableFuture.failedFuture(new IllegalStateException("a bug"));

    AggregatedHttpResponse response = agent.post("/v1/traces", PROTOBUF, THREE_SPANS);

    assertThat(response.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
  }

  @Test
  void o13_takesAnEmptyRequestWithoutQueueingIt() {
    assertThat(agent.post("/v1/traces", PROTOBUF, new byte[0]).status()).isEqualTo(HttpStatus.OK);
    assertThat(agent.post("/v1/traces", JSON, "{}".getBytes(UTF_8)).status())
        .isEqualTo(HttpStatus.OK);
    assertThat(agent.queue.entries).isEmpty();
  }

  @Test
  void o16_warnsOfStringIndexesAndTakesTheSpan() throws Exception {
    AggregatedHttpResponse response =
        agent.post("/v1/traces", PROTOBUF, Requests.withStringIndexes().toByteArray());

    ExportTraceServiceResponse body =
        ExportTraceServiceResponse.parseFrom(response.content().array());
    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(body.getPartialSuccess().getRejectedSpans()).isZero();
    assertThat(body.getPartialSuccess().getErrorMessage())
        .isEqualTo(
            "ignored: 2 of key_strindex and string_value_strindex, which belong to profiles");
    assertThat(agent.queue.only().spans()).isEqualTo(1);
  }

  @Test
  void o16_warnsInJsonWithACountOfZero() {
    String json =
        Requests.JSON.replace("{\"stringValue\": \"shop\"}", "{\"stringValueStrindex\": 4}");

    AggregatedHttpResponse response = agent.post("/v1/traces", JSON, json.getBytes(UTF_8));

    assertThat(response.contentUtf8())
        .startsWith(
            "{\"partialSuccess\":{\"rejectedSpans\":\"0\",\"errorMessage\":\"ignored: 1 of ");
    assertThat(agent.queue.only().spans()).isEqualTo(1);
  }

  @Test
  void o20_answersAResentRequestWithSuccess() {
    agent.queue.answer(new Admission.Repeated());

    AggregatedHttpResponse response = agent.post("/v1/traces", PROTOBUF, THREE_SPANS);

    assertThat(response.status()).isEqualTo(HttpStatus.OK);
    assertThat(agent.registry.scrape())
        .contains("deepflow_agent_requests_total{dialect=\"http_protobuf\",outcome=\"repeated\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/traces, '', 405",
    "PUT, /api/v1/otel/trace, application/x-protobuf, 405",
    "POST, /v1/traces, '', 415",
    "POST, /v1/traces, text/plain, 415",
    "POST, /v1/traces/, application/x-protobuf, 404",
    "POST, /elsewhere, application/json, 404",
    "GET, /, '', 404",
  })
  void o21_answersWrongPathsMethodsAndTypesWithAStatus(
      HttpMethod method, String path, String type, int status) throws Exception {
    AggregatedHttpResponse response =
        agent.send(SessionProtocol.H1C, method, path, type, new byte[0]);

    assertThat(response.status().code()).isEqualTo(status);
    if (type.equals(PROTOBUF)) {
      assertThat(Status.parseFrom(response.content().array()).getCode()).isEqualTo(12);
    } else {
      assertThat(response.headers().get("content-type")).isEqualTo(JSON);
      assertThat(response.contentUtf8()).startsWith("{\"code\":12,\"message\":\"");
    }
    assertThat(response.headers().get("allow")).isEqualTo(status == 405 ? "POST" : null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/metrics", "/v1/logs"})
  void saysHowToSwitchOtherSignalsOff(String path) throws Exception {
    AggregatedHttpResponse response = agent.post(path, PROTOBUF, new byte[] {1, 2, 3});

    assertThat(response.status()).isEqualTo(HttpStatus.NOT_FOUND);
    assertThat(Status.parseFrom(response.content().array()).getMessage())
        .isEqualTo("takes traces only: set OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none");
  }

  @Test
  void o22_letsBrowsersOfConfiguredOriginsSend() {
    AggregatedHttpResponse preflight = preflight("https://shop.example");

    assertThat(preflight.headers().get("access-control-allow-origin"))
        .isEqualTo("https://shop.example");
    assertThat(preflight.headers().get("access-control-allow-methods")).contains("POST");
    assertThat(preflight("https://evil.example").headers().get("access-control-allow-origin"))
        .isNull();
  }

  private AggregatedHttpResponse preflight(String origin) {
    return agent.send(
        SessionProtocol.H1C,
        HttpMethod.OPTIONS,
        "/v1/traces",
        "",
        new byte[0],
        "origin",
        origin,
        "access-control-request-method",
        "POST",
        "access-control-request-headers",
        "content-type");
  }
}
