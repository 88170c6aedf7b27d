package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.server.ingester.LinkAgent;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The whole server: a batch comes in by the link and is asked for over HTTP.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServerMainTest {

  private static final JsonMapper JSON = new JsonMapper();
  private static final Identity AGENT = new Identity(7, 9);
  private static final int PROTOBUF_METRICS = 0x12;

  @TempDir private static Path data = Path.of("");

  private final HttpClient http = HttpClient.newHttpClient();
  private @Nullable RunningServer running;
  private final String traceId = LinkAgent.traceIdHex(AGENT, 1, 0);

  private RunningServer start() throws ServerStartException {
    return ServerMain.start(config(ServerConfig.defaults(data.resolve("server")).withPorts(0, 0)));
  }

  /// What the server is told, from what it is told when nobody sets anything.
  ServerConfig config(ServerConfig defaults) {
    return defaults;
  }

  private RunningServer server() {
    return Objects.requireNonNull(running);
  }

  @BeforeAll
  void startAndSendABatch() throws Exception {
    running = start();
    try (LinkAgent agent = LinkAgent.connect(server().ingestPort(), AGENT)) {
      agent.greet(1);
      agent.sendBatch(1);
      agent.awaitCommitted(1);
    }
  }

  @AfterAll
  void close() {
    server().close();
  }

  private HttpResponse<byte[]> get(String path, String accept) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server().address().getPort() + path);
    return http.send(
        HttpRequest.newBuilder(uri).header("accept", accept).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<byte[]> response = get(path, "*/*");
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private JsonNode post(String contentType, String body) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server().address().getPort() + "/v1/query/");
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("content-type", contentType)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  @Test
  void givesATraceInTemposJson() throws Exception {
    JsonNode batch = json("/api/traces/" + traceId).path("batches").path(0);
    JsonNode span = batch.path("scopeSpans").path(0).path("spans").path(0);

    assertThat(batch.path("resource").path("attributes").path(0).toString())
        .isEqualTo("{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}");
    assertThat(span.path("traceId").asString())
        .isEqualTo(Base64.getEncoder().encodeToString(HexFormat.of().parseHex(traceId)));
    assertThat(span.path("kind").asString()).isEqualTo("SPAN_KIND_SERVER");
    assertThat(span.path("startTimeUnixNano").asString()).isEqualTo("1800000000001000000");
    assertThat(span.has("parentSpanId")).isFalse();
  }

  @Test
  void givesTheSameTraceAsProtobufInBothVersions() throws Exception {
    byte[] first = get("/api/traces/" + traceId, "application/protobuf").body();
    byte[] second = get("/tempo/api/v2/traces/" + traceId, "application/protobuf").body();

    TracesData traces = TracesData.parseFrom(first);
    assertThat(traces.getResourceSpans(0).getScopeSpans(0).getSpansList()).hasSize(8);
    // trace is field 1, metrics an empty field 2
    assertThat(second[0]).isEqualTo((byte) 0x0a);
    assertThat(second[second.length - 2]).isEqualTo((byte) PROTOBUF_METRICS);
    assertThat(new String(second, StandardCharsets.ISO_8859_1))
        .contains(new String(first, StandardCharsets.ISO_8859_1));
    assertThat(json("/api/v2/traces/" + traceId).path("trace").path("resourceSpans").size())
        .isEqualTo(1);
  }

  @Test
  void takesIdsInEitherCaseWithoutLeadingZerosAndAnyTimeRange() throws Exception {
    String withoutZeros = traceId.replaceFirst("^0+", "").toUpperCase(Locale.ROOT);

    assertThat(json("/api/traces/" + withoutZeros + "?start=1&end=2").path("batches").size())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"xyz", "4bf92f3577b34da6a3ce929d0e0e47361", "%20", "1?start=yesterday", "1%271"})
  void refusesWhatIsNoTraceId(String id) throws Exception {
    assertThat(get("/api/traces/" + id, "*/*").statusCode()).isEqualTo(400);
  }

  @Test
  void answersUnknownIdsWith404() throws Exception {
    HttpResponse<byte[]> answer = get("/api/traces/ffff", "*/*");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(JSON.readTree(answer.body()).has("error")).isTrue();
    assertThat(get("/api/v2/traces/ffff", "application/protobuf").statusCode()).isEqualTo(404);
  }

  @Test
  void answersSqlInAFormAndInJson() throws Exception {
    String sql = "SELECT app_service, Count(row) AS n FROM l7_flow_log GROUP BY app_service";
    String form = "db=flow_log&sql=" + URLEncoder.encode(sql, StandardCharsets.UTF_8);

    for (JsonNode answer :
        new JsonNode[] {
          post("application/x-www-form-urlencoded", form),
          post("application/json", "{\"db\":\"flow_log\",\"sql\":\"" + sql + "\"}")
        }) {
      assertThat(answer.path("OPT_STATUS").asString()).isEqualTo("SUCCESS");
      assertThat(answer.path("result").path("values").toString()).isEqualTo("[[\"shop\",24]]");
      assertThat(answer.path("debug").isNull()).isTrue();
    }
    JsonNode refused = post("application/x-www-form-urlencoded", "db=flow_log&sql=SELECT");
    assertThat(refused.path("OPT_STATUS").asString()).isEqualTo("INVALID_POST_DATA");
    assertThat(refused.path("DESCRIPTION").asString()).endsWith("at character 7");
    assertThat(refused.path("result").isNull()).isTrue();
  }

  @Test
  void listsTracesAndAgentsForTheUi() throws Exception {
    JsonNode traces = json("/v1/traces?service=shop&limit=2");
    assertThat(traces.path("traces").path(0).toString())
        .isEqualTo(
            "{\"traceId\":\"%s\",\"start\":\"1800000000001016000\",\"durationNs\":\"12000\",\"rootService\":\"shop\",\"rootName\":\"GET /cart\",\"spanCount\":8,\"errorCount\":0,\"services\":[\"shop\"],\"matched\":8}"
                .formatted(LinkAgent.traceIdHex(AGENT, 1, 2)));
    JsonNode last =
        json("/v1/traces?service=shop&limit=2&cursor=" + traces.path("next").asString());
    assertThat(last.path("traces").size()).isEqualTo(1);
    assertThat(last.path("traces").path(0).path("traceId").asString()).isEqualTo(traceId);
    assertThat(last.has("next")).isFalse();
    assertThat(json("/v1/traces?start=1&end=2").toString()).isEqualTo("{\"traces\":[]}");
    assertThat(json("/v1/traces?sort=slowest").path("traces").path(0).has("matched")).isFalse();
    assertThat(json("/v1/traces?service=nobody").path("traces").size()).isZero();
    assertThat(json("/v1/traces?status=error").path("traces").size()).isZero();
    assertThat(
            json("/v1/traces?attribute=k8s.pod.name%3Dshop-1&attribute=http.request.method%3DGET&name=GET%20/cart&minDuration=12us&maxDuration=12000ns&q="
                    + URLEncoder.encode(
                        "{ kind = server && duration = 5us }", StandardCharsets.UTF_8))
                .path("traces")
                .size())
        .isEqualTo(3);
    JsonNode agent = json("/v1/agents").path("agents").path(0);
    assertThat(agent.path("identity").asString()).isEqualTo(AGENT.toString());
    assertThat(agent.path("host").asString()).isEqualTo("node-1");
    assertThat(agent.path("committedBatch").asLong()).isEqualTo(1);
  }

  @Test
  void givesTheSpansThatLinkToASpanForTheUi() throws Exception {
    String last =
        "{\"traceId\":\"%s\",\"spanId\":\"0000000000000008\",\"service\":\"shop\",\"name\":\"GET /cart\",\"start\":\"1800000000001007000\",\"linkedSpanId\":\"0000000000000001\"}"
            .formatted(traceId);
    String path = "/v1/traces/%s/linked-from".formatted(traceId);

    assertThat(json(path + "?spanId=0000000000000001&limit=1").toString())
        .isEqualTo("{\"spans\":[%s],\"truncated\":false}".formatted(last));
    assertThat(
            json(path.replace(traceId, traceId.toUpperCase(Locale.ROOT)))
                .path("spans")
                .path(0)
                .toString())
        .isEqualTo(last);
    assertThat(json(path + "?spanId=0000000000000002").toString())
        .isEqualTo("{\"spans\":[],\"truncated\":false}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x/linked-from",
        "1/linked-from?limit=1001",
        "1/linked-from?limit=0",
        "1/linked-from?spanId=1",
        "1/linked-from?spanId=000000000000000x"
      })
  void refusesLinkingSpansThatCantBeAskedFor(String question) throws Exception {
    HttpResponse<byte[]> answer = get("/v1/traces/" + question, "*/*");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).path("error").asString()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=5000",
        "limit=0",
        "start=x",
        "status=bad",
        "attribute=x",
        "minDuration=5",
        "sort=oldest",
        "cursor=x",
        "cursor=slowest.1.00000000000000000000000000000001",
        "service=a&service=b",
        "q=%7B%20status%20%3D%20bad%20%7D",
        "q=%7B%20name%20%3D~%20%22(%22%20%7D"
      })
  void refusesTracesThatCantBeAskedFor(String parameters) throws Exception {
    HttpResponse<byte[]> answer = get("/v1/traces?" + parameters, "*/*");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).path("error").asString()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/traces?start=2&end=1",
        "/v1/differences?start=2&end=1",
        "/v1/traces?minDuration=2s&maxDuration=1s",
        "/v1/differences?minDuration=2s&maxDuration=1s",
        "/api/search?start=2&end=1",
        "/api/search?minDuration=2s&maxDuration=1s"
      })
  void saysThatNothingCanLieBetweenBoundsThatAreTheWrongWayRound(String question) throws Exception {
    HttpResponse<byte[]> answer = get(question, "*/*");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).path("error").asString())
        .isIn("end is before start", "maxDuration is shorter than minDuration");
  }

  @Test
  void givesTheRedOfServicesAndOperationsForTheUi() throws Exception {
    String red =
        "\"requests\":24,\"errors\":0,\"p50Ns\":\"%1$s\",\"p95Ns\":\"%1$s\",\"p99Ns\":\"%1$s\""
            .formatted(4965); // 5000 within 1 %
    JsonNode services = json("/v1/services?start=1799999999000000000&end=1800000001000000000");
    assertThat(services.toString())
        .isEqualTo(
            "{\"stepNs\":\"1000000000\",\"from\":\"1799999999000000000\",\"services\":[{\"name\":\"shop\",\"spanCount\":24,%s,\"series\":{\"requests\":[0,24,0],\"errors\":[0,0,0],\"p95Ns\":[null,\"4965\",null]}}],\"truncated\":false,\"cutBefore\":null}"
                .formatted(red));
    assertThat(json("/v1/operations?service=shop&end=1800000001000000000").toString())
        .isEqualTo(
            "{\"operations\":[{\"name\":\"GET /cart\",\"kind\":\"SERVER\",%s,\"totalNs\":\"120000\"}],\"truncated\":false,\"cutBefore\":null}"
                .formatted(red));
    assertThat(json("/v1/operations?service=&end=1800000001000000000").toString())
        .isEqualTo("{\"operations\":[],\"truncated\":false,\"cutBefore\":null}");
  }

  @Test
  void saysWhatSetsTracesApartForTheUi() throws Exception {
    assertThat(json("/v1/differences?sort=slowest&limit=1").toString())
        .isEqualTo(
            "{\"selected\":1,\"others\":2,\"attributes\":[],\"operations\":[{\"service\":\"shop\",\"name\":\"GET /cart\",\"selectedCalls\":8.0,\"othersCalls\":8.0,\"selectedSelfNs\":\"12000\",\"othersSelfNs\":\"12000\"}],\"truncated\":false}");
    assertThat(json("/v1/differences").toString())
        .isEqualTo(
            "{\"selected\":3,\"others\":0,\"attributes\":[],\"operations\":[],\"truncated\":false}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/differences?q=%7B",
        "/v1/differences?sort=best",
        "/v1/services?start=yesterday",
        "/v1/services?start=-1",
        "/v1/services?start=2&end=1",
        "/v1/services?end=99999999999999999999",
        "/v1/operations",
        "/v1/operations?service=shop&end=x"
      })
  void refusesWhatIsNoQuestion(String path) throws Exception {
    HttpResponse<byte[]> answer = get(path, "*/*");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).path("error").asString()).isNotEmpty();
  }

  @Test
  void theLedgerHasABalanceForEachMinute() throws Exception {
    JsonNode ledger = json("/v1/ledger?step=1m");
    assertThat(ledger.path("columns").toString())
        .isEqualTo(
            "[\"time\",\"agent\",\"received\",\"stored\",\"merged\",\"queued\",\"refused\",\"expired\",\"damaged\",\"unacknowledged\",\"in_flight\",\"difference\",\"refused_requests\"]");
    JsonNode row = ledger.path("values").path(0);
    assertThat(row.path(1).asString()).isEqualTo(AGENT.toString());
    assertThat(row.path(2).asInt()).isEqualTo(24);
    assertThat(row.path(3).asInt()).isEqualTo(24);
    assertThat(row.path(11).asInt()).isZero();
    for (String by : new String[] {"minute", "service", "reason"}) {
      assertThat(json("/v1/ledger?step=1h&by=" + by + "&from=0").path("values").size())
          .as(by)
          .isPositive();
    }
    assertThat(get("/v1/ledger?step=90s", "*/*").statusCode()).isEqualTo(400);
  }

  @Test
  void isReady() throws Exception {
    assertThat(get("/ready", "*/*").statusCode()).isEqualTo(200);
  }

  @Test
  void saysWhenTheDataDirectoryIsInUse() {
    assertThatThrownBy(
            () -> ServerMain.start(ServerConfig.defaults(data.resolve("server")).withPorts(0, 0)))
        .isInstanceOf(ServerStartException.class)
        .hasMessageContaining("is in use")
        .hasMessageContaining("--data");
  }

  @Test
  void startsAgainOnTheSameDataAndSaysWhenAPortIsTaken() throws Exception {
    server().close();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ServerConfig config = config(ServerConfig.defaults(data.resolve("server")));

      assertThatThrownBy(() -> ServerMain.start(config.withPorts(taken.getLocalPort(), 0)))
          .isInstanceOf(ServerStartException.class)
          .hasMessageContaining("--server-port");
      assertThatThrownBy(() -> ServerMain.start(config.withPorts(0, taken.getLocalPort())))
          .isInstanceOf(ServerStartException.class)
          .hasMessageContaining("--ingest-port");
    } finally {
      running = start();
    }
    assertThat(
            json("/v1/services?end=1800000001000000000")
                .path("services")
                .path(0)
                .path("spanCount")
                .asInt())
        .isEqualTo(24);
  }

  @Test
  void saysWhenTheDataDirectoryCantBeUsed() throws IOException {
    Path file = Files.createFile(data.resolve("a-file"));

    assertThatThrownBy(() -> ServerMain.start(ServerConfig.defaults(file).withPorts(0, 0)))
        .isInstanceOf(ServerStartException.class)
        .hasMessageContaining("--data");
  }
}
