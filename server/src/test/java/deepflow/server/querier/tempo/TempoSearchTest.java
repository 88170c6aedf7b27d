package deepflow.server.querier.tempo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.RunningServer;
import deepflow.server.ServerConfig;
import deepflow.server.ServerMain;
import deepflow.server.ingester.LinkAgent;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
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

/// Tempo's searches over HTTP, in the shapes that Grafana's client reads.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TempoSearchTest {

  private static final JsonMapper JSON = new JsonMapper();
  private static final long START = 1_700_000_000L * 1_000_000_000L;
  private static final String IN_TIME = "start=1699999999&end=1700000010";
  private static final String ROOTED = "0000000000000000000000000000000a";
  private static final String ROOTLESS = "0000000000000000000000000000000b";

  @TempDir private static Path data = Path.of("");

  private final HttpClient http = HttpClient.newHttpClient();
  private @Nullable RunningServer server;

  @BeforeAll
  void start() throws Exception {
    server = ServerMain.start(ServerConfig.defaults(data).withPorts(0, 0));
    try (LinkAgent agent = LinkAgent.connect(server.ingestPort(), new Identity(7, 9))) {
      agent.greet(1);
      agent.sendBatch(1, request().toByteArray());
      agent.awaitCommitted(1);
    }
  }

  @AfterAll
  void close() {
    Objects.requireNonNull(server).close();
  }

  private static TracesData request() {
    Span.Builder root =
        span(10, "", "GET /cart", START, 1_500_000_000L)
            .setKind(Span.SpanKind.SPAN_KIND_SERVER)
            .setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR))
            .addAttributes(attribute("code", AnyValue.newBuilder().setIntValue(500)))
            .addAttributes(attribute("ratio", AnyValue.newBuilder().setDoubleValue(0.5)))
            .addAttributes(attribute("ok", AnyValue.newBuilder().setBoolValue(true)))
            .addAttributes(attribute("a/b c", AnyValue.newBuilder().setStringValue("x \"y\"")));
    Span.Builder orphan = span(11, "0000000000000001", "SELECT", START + 2_000_000_000L, 1_000L);
    return TracesData.newBuilder()
        .addResourceSpans(resource("shop", root))
        .addResourceSpans(resource("db", orphan))
        .build();
  }

  private static ResourceSpans resource(String service, Span.Builder span) {
    return ResourceSpans.newBuilder()
        .setResource(
            Resource.newBuilder()
                .addAttributes(
                    attribute("service.name", AnyValue.newBuilder().setStringValue(service))))
        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span))
        .build();
  }

  private static Span.Builder span(
      int trace, String parent, String name, long start, long duration) {
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex("%032x".formatted(trace)))
        .setSpanId(ByteString.fromHex("%016x".formatted(trace)))
        .setParentSpanId(ByteString.fromHex(parent))
        .setName(name)
        .setStartTimeUnixNano(start)
        .setEndTimeUnixNano(start + duration);
  }

  private static KeyValue attribute(String key, AnyValue.Builder value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private HttpResponse<byte[]> get(String path) throws Exception {
    int port = Objects.requireNonNull(server).address().getPort();
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<byte[]> response = get(path);
    assertThat(response.statusCode())
        .as("%s %s", path, new String(response.body(), StandardCharsets.UTF_8))
        .isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private List<String> found(String parameters) throws Exception {
    return json("/api/search?" + parameters)
        .path("traces")
        .valueStream()
        .map(trace -> trace.path("traceID").asString())
        .toList();
  }

  @Test
  void givesATraceInTheJsonThatTempoGives() throws Exception {
    String q =
        encoded(
            "{ .code = 500 && .ratio > 0.1 && span.ok = true && resource.service.name = \"shop\" && status = error && .\"a/b c\" != nil }");
    String spanSet =
        "{\"spans\":[{\"spanID\":\"000000000000000a\",\"name\":\"GET /cart\",\"startTimeUnixNano\":\"1700000000000000000\",\"durationNanos\":\"1500000000\",\"attributes\":["
            + "{\"key\":\"code\",\"value\":{\"intValue\":\"500\"}},{\"key\":\"ratio\",\"value\":{\"doubleValue\":0.5}},{\"key\":\"ok\",\"value\":{\"boolValue\":true}},"
            + "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}},{\"key\":\"status\",\"value\":{\"stringValue\":\"error\"}},{\"key\":\"a/b c\",\"value\":{\"stringValue\":\"x \\\"y\\\"\"}}]}],\"matched\":1}";

    assertThat(json("/tempo/api/search?limit=5&spss=2&" + IN_TIME + "&q=" + q).toString())
        .isEqualTo(
            "{\"traces\":[{\"traceID\":\""
                + ROOTED
                + "\",\"rootServiceName\":\"shop\",\"rootTraceName\":\"GET /cart\",\"startTimeUnixNano\":\"1700000000000000000\",\"durationMs\":1500,"
                + "\"spanSet\":"
                + spanSet
                + ",\"spanSets\":["
                + spanSet
                + "]}],"
                + "\"metrics\":{\"inspectedTraces\":1,\"completedJobs\":1,\"totalJobs\":1}}");
  }

  @Test
  void listsTheNewestWithoutAQueryAndSaysWhenARootIsMissing() throws Exception {
    JsonNode traces = json("/api/search").path("traces");

    assertThat(traces.size()).isEqualTo(2);
    assertThat(traces.path(0).path("traceID").asString()).isEqualTo(ROOTLESS);
    assertThat(traces.path(0).path("rootServiceName").asString())
        .isEqualTo("<root span not yet received>");
    assertThat(traces.path(0).path("durationMs").isIntegralNumber()).isTrue();
  }

  @Test
  void findsByTagsAndByTheDurationOfTheTrace() throws Exception {
    assertThat(found("tags=" + encoded("code=500 service.name=shop"))).containsExactly(ROOTED);
    assertThat(found("tags=" + encoded("ok=true name=\"GET /cart\"") + "&minDuration=1s"))
        .containsExactly(ROOTED);
    assertThat(found("tags=" + encoded("code=500 service.name=db"))).isEmpty();
    assertThat(found("tags=" + encoded("service.name=shop") + "&maxDuration=1s")).isEmpty();
    assertThat(found("minDuration=1us&maxDuration=1ms")).containsExactly(ROOTLESS);
  }

  @Test
  void findsWhatOverlapsTheTime() throws Exception {
    assertThat(found("start=1700000001&end=1700000001")).containsExactly(ROOTED);
    assertThat(found("start=1700000002&end=1700000003")).containsExactly(ROOTLESS);
    assertThat(found("start=1600000000&end=1600000001")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "q=%7B%7D&tags=a%3Db",
        "q=%7B",
        "q=%7B%7D%20%7C%20count()%20%3E%202",
        "tags=novalue",
        "tags=status.code%3Dbad",
        "start=yesterday",
        "start=20&end=10",
        "limit=0",
        "limit=1001",
        "spss=1000",
        "minDuration=5",
        "q=%7Bname%3D~%22(%22%7D"
      })
  void refusesWhatCantBeAsked(String parameters) throws Exception {
    HttpResponse<byte[]> answer = get("/api/search?" + parameters);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(answer.body()).path("error").asString()).isNotEmpty();
  }

  @Test
  void listsNamesByScope() throws Exception {
    assertThat(json("/api/v2/search/tags?scope=span&" + IN_TIME).toString())
        .isEqualTo(
            "{\"scopes\":[{\"name\":\"span\",\"tags\":[\"a/b c\",\"code\",\"ok\",\"ratio\"]}],\"metrics\":{}}");
    JsonNode scopes = json("/api/v2/search/tags?" + IN_TIME).path("scopes");
    assertThat(scopes.path(0).path("name").asString()).isEqualTo("resource");
    assertThat(scopes.path(0).path("tags").toString()).contains("\"service.name\"");
    assertThat(scopes.path(2).path("name").asString()).isEqualTo("intrinsic");
    assertThat(scopes.path(2).path("tags").toString()).contains("\"status\"", "\"span:name\"");
    assertThat(json("/api/search/tags?scope=span&" + IN_TIME).path("tagNames").toString())
        .isEqualTo("[\"a/b c\",\"code\",\"ok\",\"ratio\"]");
    assertThat(json("/api/v2/search/tags?scope=span").path("scopes").path(0).path("tags").size())
        .as("nothing began within the last hour")
        .isZero();
    assertThat(get("/api/v2/search/tags?scope=nothing").statusCode()).isEqualTo(400);
  }

  private String values(String name, String more) throws Exception {
    return json("/api/v2/search/tag/%s/values?%s%s".formatted(name, IN_TIME, more))
        .path("tagValues")
        .toString();
  }

  @Test
  void listsTypedValues() throws Exception {
    assertThat(values("span.code", "")).isEqualTo("[{\"type\":\"int\",\"value\":\"500\"}]");
    assertThat(values(".ratio", "")).isEqualTo("[{\"type\":\"float\",\"value\":\"0.5\"}]");
    assertThat(values("span.ok", "")).isEqualTo("[{\"type\":\"bool\",\"value\":\"true\"}]");
    assertThat(values("resource.service.name", ""))
        .contains(
            "{\"type\":\"string\",\"value\":\"shop\"}", "{\"type\":\"string\",\"value\":\"db\"}");
    assertThat(values("status", "")).contains("{\"type\":\"keyword\",\"value\":\"error\"}");
    assertThat(values("rootName", "")).isEqualTo("[{\"type\":\"string\",\"value\":\"GET /cart\"}]");
    assertThat(values("span:name", "&q=" + encoded("{ status = error }")))
        .isEqualTo("[{\"type\":\"string\",\"value\":\"GET /cart\"}]");
    assertThat(values("resource.service.name", "&q=" + encoded("{ status = error }")))
        .isEqualTo("[{\"type\":\"string\",\"value\":\"shop\"}]");
    for (String typing : List.of("{ still typing", "{ name =~ \"(\" }")) {
      assertThat(values("name", "&q=" + encoded(typing)))
          .as("what can't be read yet restricts nothing")
          .contains("GET /cart", "SELECT");
    }
  }

  @Test
  void takesAnySignInTheNameOfATag() throws Exception {
    String wanted = "[{\"type\":\"string\",\"value\":\"x \\\"y\\\"\"}]";

    assertThat(values("span.a%2Fb%20c", "")).isEqualTo(wanted);
    assertThat(values("span.%22a%2Fb%20c%22", "")).isEqualTo(wanted);
    assertThat(json("/api/search/tag/a%2Fb%20c/values?" + IN_TIME).path("tagValues").toString())
        .isEqualTo("[\"x \\\"y\\\"\"]");
    assertThat(get("/api/v2/search/tag/nonsense/values").statusCode()).isEqualTo(400);
  }

  @Test
  void saysWhenThereAreMoreValues() throws Exception {
    HttpResponse<byte[]> answer = get("/api/v2/search/tag/name/values?limit=1&" + IN_TIME);

    assertThat(answer.headers().firstValue("x-deepflow-partial")).isPresent();
    assertThat(JSON.readTree(answer.body()).path("tagValues").size()).isEqualTo(1);
    assertThat(
            get("/api/v2/search/tag/name/values?" + IN_TIME)
                .headers()
                .firstValue("x-deepflow-partial"))
        .isEmpty();
  }

  @Test
  void saysWhichTemposApiThisIs() throws Exception {
    assertThat(json("/api/status/buildinfo").path("version").asString()).isEqualTo("2.8.0");
  }
}
