package deepflow.server.querier.flowtracing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.sql.FlowLog;
import deepflow.server.querier.sql.SpanStore;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Traces that the real engine has, as L7FlowTracing shows them.
class FlowTracingTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final JsonMapper JSON = new JsonMapper();
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String LARGE = "4bf92f3577b34da6a3ce929d0e0e4737";
  private static final String DOUBLE = "4bf92f3577b34da6a3ce929d0e0e4738";
  private static final String WIDE = "4bf92f3577b34da6a3ce929d0e0e4739";
  private static final int WIDE_SPANS = 200;
  private static final int WIDE_ATTRIBUTE = 4_000;
  private static final long SECOND = 1_000_000_000L;
  private static final long BEGIN = 1_700_000_000L * SECOND;

  /// Fields of a span: deepflow-app's, in the order of its contract.
  private static final String FIELDS =
      "id _ids related_ids parent_id childs deepflow_span_id deepflow_parent_span_id"
          + " set_parent_info start_time_us end_time_us render_start_time_us render_end_time_us"
          + " duration selftime signal_source tap_side Enum(tap_side) type l7_protocol"
          + " Enum(l7_protocol) l7_protocol_str endpoint request_type request_resource request_id"
          + " response_status response_code response_exception biz_response_code trace_id span_id"
          + " parent_span_id x_request_id_0 x_request_id_1 req_tcp_seq resp_tcp_seq"
          + " syscall_trace_id_request syscall_trace_id_response syscall_cap_seq_0"
          + " syscall_cap_seq_1 attribute flow_id process_id vtap_id tap tap_id tap_port"
          + " tap_port_name resource_from_vtap service_uid service_uname app_service app_instance"
          + " auto_instance auto_instance_id auto_instance_type auto_service auto_service_id"
          + " auto_service_type subnet ip process_kname gprocess is_tls is_async _querier_region";

  @BeforeAll
  static void store() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), 1);
    TracesData.Builder spans = TracesData.newBuilder();
    spans.addResourceSpans(
        resource("web", "")
            .addScopeSpans(
                ScopeSpans.newBuilder()
                    .addSpans(span(TRACE, 1, 0, Span.SpanKind.SPAN_KIND_SERVER, 0, 100))
                    .addSpans(span(TRACE, 2, 1, Span.SpanKind.SPAN_KIND_CLIENT, 10, 50))
                    .addSpans(span(TRACE, 3, 1, Span.SpanKind.SPAN_KIND_CLIENT, 30, 70))));
    spans.addResourceSpans(
        resource("cart", "cart-7d9f")
            .addScopeSpans(
                ScopeSpans.newBuilder()
                    .addSpans(
                        span(TRACE, 4, 2, Span.SpanKind.SPAN_KIND_SERVER, 15, 45)
                            .addAttributes(attribute("http.response.status_code", 503)))
                    .addSpans(span(TRACE, 5, 99, Span.SpanKind.SPAN_KIND_INTERNAL, 16, 17))));
    store.add(spans.build());
    store.add(spans.build()); // sent again: the same spans
    for (String attribute : List.of("a", "b", "a")) {
      store.add(
          TracesData.newBuilder()
              .addResourceSpans(
                  resource("web", "")
                      .addScopeSpans(
                          ScopeSpans.newBuilder()
                              .addSpans(
                                  span(DOUBLE, 1, 0, Span.SpanKind.SPAN_KIND_SERVER, 0, 9)
                                      .addAttributes(text("is", attribute)))))
              .build());
    }
    ScopeSpans.Builder many = ScopeSpans.newBuilder();
    for (int i = 1; i <= 60; i++) {
      many.addSpans(span(LARGE, i, i - 1, Span.SpanKind.SPAN_KIND_INTERNAL, i, i + 5));
    }
    store.add(
        TracesData.newBuilder().addResourceSpans(resource("web", "").addScopeSpans(many)).build());
    ScopeSpans.Builder wide = ScopeSpans.newBuilder();
    for (int i = WIDE_SPANS; i > 0; i--) {
      wide.addSpans(
          span(WIDE, i, 0, Span.SpanKind.SPAN_KIND_INTERNAL, i, i + 5)
              .addAttributes(text("is", "x".repeat(WIDE_ATTRIBUTE))));
    }
    store.add(
        TracesData.newBuilder().addResourceSpans(resource("web", "").addScopeSpans(wide)).build());
  }

  private static ResourceSpans.Builder resource(String service, String pod) {
    Resource.Builder resource = Resource.newBuilder().addAttributes(text("service.name", service));
    if (!pod.isEmpty()) {
      resource.addAttributes(text("k8s.pod.name", pod));
    }
    return ResourceSpans.newBuilder().setResource(resource);
  }

  private static KeyValue.Builder text(String key, String value) {
    return KeyValue.newBuilder().setKey(key).setValue(AnyValue.newBuilder().setStringValue(value));
  }

  private static KeyValue.Builder attribute(String key, long value) {
    return KeyValue.newBuilder().setKey(key).setValue(AnyValue.newBuilder().setIntValue(value));
  }

  /// @param start ms after the trace's; so is end
  private static Span.Builder span(
      String trace, int id, int parent, Span.SpanKind kind, long start, long end) {
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFrom(HexFormat.of().parseHex(trace)))
            .setSpanId(ByteString.copyFrom(id(id)))
            .setName("span " + id)
            .setKind(kind)
            .setStartTimeUnixNano(BEGIN + start * 1_000_000)
            .setEndTimeUnixNano(BEGIN + end * 1_000_000);
    return parent == 0 ? span : span.setParentSpanId(ByteString.copyFrom(id(parent)));
  }

  private static byte[] id(int id) {
    return new byte[] {1, 0, 0, 0, 0, 0, 0, (byte) id};
  }

  private static TracingAnswer ask(String rest, int spansMax, QueryLimits limits) {
    return ask(engine.clickHouse(), rest, spansMax, limits);
  }

  private static TracingAnswer ask(
      ClickHouse clickHouse, String rest, int spansMax, QueryLimits limits) {
    return new FlowTracing(new FlowLog(clickHouse, limits), limits, spansMax)
        .answer(
            """
            {"time_start":1700000000,"time_end":1700000060,"database":"flow_log",
             "table":"l7_flow_log",%s}
            """
                .formatted(rest));
  }

  private static JsonNode json(TracingAnswer answer) {
    return JSON.readTree(new String(answer.json(), StandardCharsets.UTF_8));
  }

  private static JsonNode data(String rest) {
    TracingAnswer answer = ask(rest, 1000, QueryLimits.DEFAULT);
    assertThat(answer.outcome())
        .as(new String(answer.json(), StandardCharsets.UTF_8))
        .isEqualTo(TracingAnswer.Outcome.SUCCESS);
    return json(answer).path("DATA");
  }

  private static String ofTrace(String id) {
    return "\"trace_id\":\"%s\"".formatted(id);
  }

  private static List<String> column(JsonNode list, String field) {
    List<String> values = new ArrayList<>();
    list.forEach(element -> values.add(element.path(field).asString()));
    return values;
  }

  @Test
  void makesATreeOfTheTraceWithEachSpanOnce() {
    JsonNode spans = data(ofTrace(TRACE)).path("tracing");

    assertThat(column(spans, "endpoint"))
        .containsExactly("span 1", "span 2", "span 4", "span 5", "span 3");
    assertThat(column(spans, "id")).containsExactly("0", "1", "2", "3", "4");
    assertThat(column(spans, "parent_id")).containsExactly("-1", "0", "1", "-1", "0");
    assertThat(column(spans, "selftime"))
        .containsExactly("40000", "10000", "30000", "1000", "40000");
    assertThat(spans.path(0).path("childs").toString()).isEqualTo("[1,4]");
    assertThat(spans.path(2).path("deepflow_parent_span_id").asString())
        .isEqualTo("0100000000000002");
    assertThat(spans.path(3).path("set_parent_info").asString()).contains("not in the trace");
    assertThat(spans.path(1).path("related_ids").toString())
        .isEqualTo(
            "[\"0-app-%s\",\"2-app-%s\"]"
                .formatted(
                    spans.path(0).path("_ids").path(0).asString(),
                    spans.path(2).path("_ids").path(0).asString()));
  }

  @Test
  void givesTheFieldsThatDeepFlowGivesAndNoOthers() {
    JsonNode span = data(ofTrace(TRACE) + ",\"has_attributes\":1").path("tracing").path(0);

    assertThat(span.propertyNames()).containsExactlyInAnyOrder(FIELDS.split(" ", -1));
    assertThat(data(ofTrace(TRACE)).path("tracing").path(0).has("attribute")).isFalse();
    assertThat(data(ofTrace(TRACE)).propertyNames())
        .containsExactly("tracing", "services", "host_clock_correction");
  }

  @Test
  void givesFieldsTheTypesThatDeepFlowGives() {
    JsonNode span = data(ofTrace(TRACE) + ",\"has_attributes\":1").path("tracing").path(2);

    assertThat(span.path("_ids").path(0).isString()).isTrue();
    for (String name : List.of("flow_id", "syscall_trace_id_request", "tap_side", "attribute")) {
      assertThat(span.path(name).isString()).as(name).isTrue();
    }
    for (String name :
        List.of("type", "l7_protocol", "tap_id", "response_code", "start_time_us", "is_tls")) {
      assertThat(span.path(name).isIntegralNumber()).as(name).isTrue();
    }
    assertThat(span.path("request_id").isNull()).isTrue();
    assertThat(span.path("Enum(tap_side)").asString()).isEqualTo("Server Application");
    assertThat(span.path("response_code").asInt()).isEqualTo(503);
    assertThat(span.path("auto_instance").asString()).isEqualTo("cart-7d9f");
    assertThat(span.path("auto_instance_type").asInt()).isEqualTo(10);
    assertThat(JSON.readTree(span.path("attribute").asString()).path("service.name").asString())
        .isEqualTo("cart");
  }

  @Test
  void findsTheSameTraceByAnyOfItsRows() {
    JsonNode byTrace = data(ofTrace(TRACE));
    for (JsonNode span : byTrace.path("tracing")) {
      String id = span.path("_ids").path(0).asString();

      assertThat(data("\"_id\":\"%s\"".formatted(id))).isEqualTo(byTrace);
    }
  }

  /// A span is the same only when all that its sender said is.
  @Test
  void keepsSpansThatDifferInAnAttributeApart() {
    JsonNode spans = data(ofTrace(DOUBLE) + ",\"has_attributes\":1").path("tracing");

    assertThat(spans).hasSize(2);
    assertThat(spans.path(0).path("attribute")).isNotEqualTo(spans.path(1).path("attribute"));
    assertThat(column(spans, "deepflow_span_id"))
        .containsExactly("0100000000000001", "0100000000000001-1");
  }

  @Test
  void sumsTheOwnTimesOfEachService() {
    JsonNode services = data(ofTrace(TRACE)).path("services");

    assertThat(column(services, "service_uname")).containsExactly("web", "cart-7d9f");
    assertThat(column(services, "service_uid")).containsExactly("app_service-web", "10-cart-7d9f");
    assertThat(column(services, "duration")).containsExactly("90000", "31000");
    assertThat(column(services, "duration_ratio")).containsExactly("74.38", "25.62");
  }

  @Test
  void cutsATraceThatIsTooLongAndSaysSo() {
    TracingAnswer answer = ask(ofTrace(LARGE), 50, QueryLimits.DEFAULT);

    assertThat(answer.outcome()).isEqualTo(TracingAnswer.Outcome.PARTIAL);
    JsonNode json = json(answer);
    assertThat(json.path("OPT_STATUS").asString()).isEqualTo("PARTIAL_RESULT");
    assertThat(json.path("DESCRIPTION").asString())
        .isEqualTo("the first 50 of 60 spans by their start");
    assertThat(json.path("DATA").path("tracing")).hasSize(50);
    assertThat(json.path("DATA").path("truncated").asBoolean()).isTrue();
    assertThat(json.path("DATA").path("span_count").asInt()).isEqualTo(60);
    assertThat(ask(ofTrace(LARGE), 60, QueryLimits.DEFAULT).outcome())
        .isEqualTo(TracingAnswer.Outcome.SUCCESS);
  }

  @Test
  void cutsATraceThatIsTooLargeAndSaysSo() {
    TracingAnswer answer =
        ask(ofTrace(LARGE), 1000, new QueryLimits(Duration.ofSeconds(9), 1L << 28, 40_000, 1, 1));

    assertThat(answer.outcome()).isEqualTo(TracingAnswer.Outcome.PARTIAL);
    assertThat(json(answer).path("DATA").path("tracing").size()).isBetween(1, 30);
    assertThat(json(answer).path("DATA").path("span_count").asInt()).isEqualTo(60);
  }

  /// Its spans together are much larger than an answer; they were all held before any was written.
  @Test
  void readsNoMoreOfATraceThanFitsIntoAnAnswerAndReadsItOnce() {
    int bytesMax = 50 * WIDE_ATTRIBUTE;
    Counting counting = new Counting();

    TracingAnswer answer =
        ask(
            counting,
            ofTrace(WIDE) + ",\"has_attributes\":1",
            1000,
            new QueryLimits(Duration.ofSeconds(9), 1L << 28, bytesMax, 1, 1));

    assertThat(answer.outcome()).isEqualTo(TracingAnswer.Outcome.PARTIAL);
    assertThat(answer.json().length).isLessThanOrEqualTo(bytesMax);
    JsonNode data = json(answer).path("DATA");
    assertThat(data.path("span_count").asInt()).isEqualTo(WIDE_SPANS);
    assertThat(column(data.path("tracing"), "endpoint"))
        .hasSizeGreaterThan(20)
        .isEqualTo(
            IntStream.rangeClosed(1, data.path("tracing").size())
                .mapToObj(number -> "span " + number)
                .toList());
    assertThat(counting.rows).isBetween(40, 52);
    assertThat(counting.statements).as("one for the spans, one for their number").isEqualTo(2);
  }

  /// Counts the statements, and the rows that are read of their answers.
  private static final class Counting extends ForwardingClickHouse {
    private int statements;
    private int rows;

    Counting() {
      super(engine.clickHouse());
    }

    @Override
    public Rows query(Query query) throws ClickHouseException {
      statements++;
      Rows answer = super.query(query);
      return (Rows)
          Proxy.newProxyInstance(
              Rows.class.getClassLoader(),
              new Class<?>[] {Rows.class},
              (_, method, arguments) -> {
                Object value = method.invoke(answer, arguments);
                rows += method.getName().equals("next") && Boolean.TRUE.equals(value) ? 1 : 0;
                return value;
              });
    }
  }

  @Test
  void answersWithEmptyDataWhenNothingIsFound() {
    assertThat(data(ofTrace("ff")).isEmpty()).isTrue();
    assertThat(data("\"_id\":\"7301444403200000001\"").isEmpty()).isTrue();
    assertThat(data(ofTrace(TRACE) + ",\"signal_sources\":[\"ebpf\"]").isEmpty()).isTrue();
  }

  @Test
  void refusesABodyThatIsNoQuestionAndSaysWhy() {
    TracingAnswer answer = ask("\"trace_id\":\"x\"", 10, QueryLimits.DEFAULT);

    assertThat(answer.outcome()).isEqualTo(TracingAnswer.Outcome.REFUSED);
    assertThat(json(answer).path("OPT_STATUS").asString()).isEqualTo("INVALID_POST_DATA");
    assertThat(json(answer).path("DESCRIPTION").asString()).contains("trace_id must have");
  }

  @Test
  void saysBusyWhenMemoryIsShort() {
    TracingAnswer answer =
        ask(ofTrace(LARGE), 10, new QueryLimits(Duration.ofSeconds(9), 50_000, 1 << 20, 1, 1));

    assertThat(answer.outcome()).isEqualTo(TracingAnswer.Outcome.BUSY);
    assertThat(json(answer).path("OPT_STATUS").asString()).isEqualTo("SERVER_ERROR");
  }
}
