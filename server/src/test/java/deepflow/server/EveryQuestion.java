package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Random traces of a shop, and whatever can be asked of a server that has them.
final class EveryQuestion {

  static final int TRACES = 40;
  private static final List<String> SERVICES = List.of("shop", "cart", "支付", "it's");
  private static final long BEGIN = System.currentTimeMillis() / 1_000 * 1_000_000_000L;
  private static final String RANGE =
      "start=%s&end=%s".formatted(BEGIN / 1_000_000_000 - 60, BEGIN / 1_000_000_000 + 60);
  private static final String RANGE_NS =
      "start=%s&end=%s".formatted(BEGIN - 60_000_000_000L, BEGIN + 60_000_000_000L);

  private static final List<String> STATEMENTS =
      List.of(
          "SELECT Count(row) AS n FROM l7_flow_log",
          "SELECT app_service, Count(row) AS n, Sum(request) AS r, Sum(error) AS e,"
              + " Avg(response_duration) AS a, Max(response_duration) AS m,"
              + " PercentileExact(response_duration, 90) AS p, Uniq(trace_id) AS u"
              + " FROM l7_flow_log WHERE time >= %s AND time <= %s GROUP BY app_service ORDER BY n, app_service"
                  .formatted(BEGIN / 1_000_000_000 - 60, BEGIN / 1_000_000_000 + 60),
          "SELECT time(time, 10) AS t, Count(row) AS n FROM l7_flow_log GROUP BY t ORDER BY t",
          "SELECT _id, trace_id, span_id, endpoint, app_service, agent, `attribute.region`,"
              + " pod_0, ip_0, response_code FROM l7_flow_log ORDER BY trace_id, span_id, _id LIMIT 1000",
          "SELECT `attribute.region`, Count(row) AS n FROM l7_flow_log"
              + " WHERE `attribute.region` != 'x' GROUP BY `attribute.region` ORDER BY n",
          "SHOW TAG app_service VALUES FROM l7_flow_log",
          "SHOW TAG attribute.region VALUES FROM l7_flow_log");

  private final HttpClient http = HttpClient.newHttpClient();

  /// Each of the answers by what was asked.
  Map<String, String> answers(int port) throws Exception {
    Map<String, String> answers = new LinkedHashMap<>();
    for (String path :
        List.of(
            "/api/traces/" + traceId(1),
            "/api/v2/traces/" + traceId(2),
            "/api/search?limit=100&" + RANGE,
            "/api/search?limit=100&spss=50&" + RANGE + "&q=" + encoded("{ status = error }"),
            "/api/search?limit=100&spss=50&" + RANGE + "&q=" + encoded("{ .region = \"eu\" }"),
            "/api/v2/search/tags?" + RANGE,
            "/api/v2/search/tag/span.region/values?" + RANGE,
            "/v1/traces?limit=100&" + RANGE_NS,
            "/v1/traces?limit=100&sort=slowest&service=shop&status=error&" + RANGE_NS,
            "/v1/services?" + RANGE_NS,
            "/v1/operations?service=shop&" + RANGE_NS,
            "/v1/differences?sort=slowest&limit=5&" + RANGE_NS,
            "/v1/export?format=json&" + RANGE_NS)) {
      answers.put(path, get(port, path));
    }
    for (String sql : STATEMENTS) {
      answers.put(
          sql,
          post(
              port,
              "/v1/query/",
              "application/x-www-form-urlencoded",
              "db=flow_log&sql=" + encoded(sql)));
    }
    String tracing =
        "{\"database\":\"flow_log\",\"table\":\"l7_flow_log\",\"trace_id\":\"%s\",\"time_start\":%s,\"time_end\":%s}"
            .formatted(traceId(3), BEGIN / 1_000_000_000 - 60, BEGIN / 1_000_000_000 + 60);
    answers.put(
        "L7FlowTracing",
        post(port, "/v1/stats/querier/L7FlowTracing", "application/json", tracing));
    answers.forEach((question, answer) -> assertThat(answer).as(question).hasSizeGreaterThan(40));
    return answers;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  String get(int port, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return sent(HttpRequest.newBuilder(uri).build());
  }

  private String post(int port, String path, String type, String body) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return sent(
        HttpRequest.newBuilder(uri)
            .header("content-type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private String sent(HttpRequest question) throws Exception {
    HttpResponse<String> answer = http.send(question, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as("%s %s", question, answer.body()).isEqualTo(200);
    return answer.body();
  }

  /// That a store gives the answers of another one.
  static void assertSame(String when, Map<String, String> wanted, Map<String, String> found) {
    List<String> different = new ArrayList<>();
    wanted.forEach((question, answer) -> {
      if (!timeless(answer).equals(timeless(found.getOrDefault(question, "")))) {
        different.add(
            "%s%n  wanted: %s%n  found:  %s".formatted(question, answer, found.get(question)));
      }
    });
    assertThat(different).as(when).isEmpty();
  }

  /// What an answer says of the work that it took may differ.
  private static String timeless(String answer) {
    return answer.replaceAll("\"inspected[A-Za-z]+\":\"?[0-9]+\"?", "");
  }

  static String traceId(int number) {
    return HexFormat.of().formatHex(id(number, 16));
  }

  private static byte[] id(long number, int length) {
    return ByteBuffer.allocate(length).putLong(length - 8, number + 1).array();
  }

  /// Traces of several services, some of which failed.
  static TracesData request(Random random) {
    return request(random, 0);
  }

  /// The same with ids that go on from there.
  ///
  /// @param first number of the first trace
  static TracesData request(Random random, int first) {
    Map<String, ScopeSpans.Builder> scopes = new LinkedHashMap<>();
    for (int trace = first; trace < first + TRACES; trace++) {
      for (int span = 0; span < 3 + random.nextInt(6); span++) {
        String service = SERVICES.get(random.nextInt(SERVICES.size()));
        scopes
            .computeIfAbsent(service, _ -> ScopeSpans.newBuilder())
            .addSpans(span(random, trace, span));
      }
    }
    TracesData.Builder traces = TracesData.newBuilder();
    scopes.forEach((service, spans) ->
        traces.addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder().addAttributes(attribute("service.name", service)))
                .addScopeSpans(spans)));
    return traces.build();
  }

  private static Span span(Random random, int trace, int index) {
    long start = BEGIN - random.nextLong(20_000_000_000L);
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFrom(id(trace, 16)))
            .setSpanId(ByteString.copyFrom(id(index, 8)))
            .setName("GET /" + random.nextInt(3))
            .setKindValue(1 + random.nextInt(5))
            .setStartTimeUnixNano(start)
            .setEndTimeUnixNano(start + random.nextLong(3_000_000_000L))
            .addAttributes(attribute("region", random.nextBoolean() ? "eu" : "us"));
    if (index > 0) {
      span.setParentSpanId(ByteString.copyFrom(id(random.nextInt(index), 8)));
      span.addLinks(
          Span.Link.newBuilder()
              .setTraceId(
                  ByteString.copyFrom(id(trace / TRACES * TRACES + (trace + 1) % TRACES, 16)))
              .setSpanId(ByteString.copyFrom(id(0, 8))));
    }
    if (random.nextInt(4) == 0) {
      span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
    }
    return span.build();
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }
}
