package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An attribute that is no text or number is shown as JSON, wherever it is shown.
class AttributesJsonTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final JsonMapper JSON = new JsonMapper();
  private static final String TRACE = "000102030405060708090a0b0c0d0e0f";

  @BeforeAll
  static void store() throws Exception {
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(ByteString.fromHex(TRACE))
            .setSpanId(ByteString.copyFromUtf8("12345678"))
            .setName("GET /")
            .setStartTimeUnixNano(SpanRows.BEGIN)
            .setEndTimeUnixNano(SpanRows.BEGIN + 1)
            .addEvents(Span.Event.newBuilder().setName("exception"))
            .addAttributes(attribute("text", text("a \"b\"")))
            .addAttributes(attribute("number", AnyValue.newBuilder().setIntValue(7).build()))
            .addAttributes(attribute("http.request.header.accept", list(text("text/html"))))
            .addAttributes(attribute("nested", nested()))
            .addAttributes(attribute("nothing", AnyValue.getDefaultInstance()))
            .addAttributes(
                attribute(
                    "bytes",
                    AnyValue.newBuilder().setBytesValue(ByteString.fromHex("00ff")).build()));
    new SpanStore(engine.clickHouse(), 3)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .setResource(
                            Resource.newBuilder()
                                .addAttributes(attribute("process.command_args", list(text("-x")))))
                        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
                .build());
  }

  private static AnyValue nested() {
    return AnyValue.newBuilder()
        .setKvlistValue(
            KeyValueList.newBuilder()
                .addValues(attribute("a", AnyValue.newBuilder().setIntValue(-1).build()))
                .addValues(attribute("b", AnyValue.newBuilder().setDoubleValue(0.5).build()))
                .addValues(attribute("c", AnyValue.newBuilder().setBoolValue(true).build()))
                .addValues(attribute("d", AnyValue.newBuilder().setDoubleValue(Double.NaN).build()))
                .addValues(
                    attribute(
                        "e",
                        AnyValue.newBuilder().setBytesValue(ByteString.fromHex("00ff")).build()))
                .addValues(attribute("f", list(AnyValue.getDefaultInstance(), list()))))
        .build();
  }

  private static AnyValue text(String text) {
    return AnyValue.newBuilder().setStringValue(text).build();
  }

  private static AnyValue list(AnyValue... values) {
    return AnyValue.newBuilder()
        .setArrayValue(ArrayValue.newBuilder().addAllValues(List.of(values)))
        .build();
  }

  private static KeyValue attribute(String key, AnyValue value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private static JsonNode result(String sql) {
    SqlAnswer answer =
        new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
            .answer(new SqlQuestion("flow_log", "", sql, Language.ENGLISH, false, ""));
    String json = new String(answer.json(), StandardCharsets.UTF_8);
    assertThat(answer.outcome()).as("%s%n%s", sql, json).isEqualTo(SqlAnswer.Outcome.SUCCESS);
    return JSON.readTree(json).path("result");
  }

  private static String value(String sql) {
    return result(sql).path("values").path(0).path(0).asString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      textBlock =
          """
          `attribute.http.request.header.accept`           | ["text/html"]
          `attribute.process.command_args`                 | ["-x"]
          `attribute.nested` | {"a":-1,"b":0.5,"c":true,"d":"NaN","e":"AP8=","f":[null,[]]}
          `attribute.bytes`                                | AP8=
          `attribute.nothing`                              | null
          `attribute.text`                                 | a "b"
          `attribute.number`                               | 7
          toString(`attribute.http.request.header.accept`) | ["text/html"]
          Any(`attribute.http.request.header.accept`)      | ["text/html"]
          Any(events)                                      | [{"name":"exception"}]
          toString(events)                                 | [{"name":"exception"}]
          """)
  void showsListsAndMapsAsJson(String expression, String wanted) {
    JsonNode result = result("SELECT %s AS x FROM l7_flow_log".formatted(expression));
    String found = result.path("values").path(0).path(0).asString();

    assertThat(found).isEqualTo(wanted);
    assertThat(result.path("schemas").path(0).path("value_type").asString())
        .isIn("String", "Nullable(String)");
  }

  @Test
  void groupsByThem() {
    String tag = "`attribute.http.request.header.accept`";
    assertThat(
            value(
                "SELECT %s AS x, Count(row) AS n FROM l7_flow_log GROUP BY x ORDER BY x"
                    .formatted(tag)))
        .isEqualTo("[\"text/html\"]");
    assertThat(value("SELECT attribute, Count(row) AS n FROM l7_flow_log GROUP BY attribute"))
        .contains("text/html");
  }

  @Test
  void showsThemAmongAllAttributes() {
    isAll(value("SELECT attribute FROM l7_flow_log"));
    isAll(value("SELECT Any(attribute) FROM l7_flow_log"));
  }

  @Test
  void showsThemInATrace() throws Exception {
    FlowLog log = new FlowLog(engine.clickHouse(), QueryLimits.DEFAULT);
    isAll(
        log.ofTrace("SELECT attribute FROM l7_flow_log", TRACE, 1, 1 << 20)
            .rows()
            .getFirst()
            .text("attribute"));
  }

  private static void isAll(String attributes) {
    JsonNode all = JSON.readTree(attributes);
    assertThat(all.path("text").asString()).isEqualTo("a \"b\"");
    assertThat(all.path("number").asString()).isEqualTo("7");
    assertThat(all.path("http.request.header.accept").asString()).isEqualTo("[\"text/html\"]");
    assertThat(all.path("process.command_args").asString()).isEqualTo("[\"-x\"]");
    assertThat(JSON.readTree(all.path("nested").asString()).path("a").asInt()).isEqualTo(-1);
    assertThat(all.path("bytes").asString()).isEqualTo("AP8=");
  }

  @Test
  void listsThemAmongTheValuesOfATag() {
    JsonNode row =
        result("SHOW TAG `attribute.http.request.header.accept` VALUES FROM l7_flow_log")
            .path("values")
            .path(0);
    assertThat(row).hasToString("[\"[\\\"text/html\\\"]\",\"[\\\"text/html\\\"]\"]");
  }
}
