package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

/// Headers are arrays of texts; a number that is the only one in its array is a number.
class HeaderMetricsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final String REQUEST = "http.request.header.content-length";
  private static final String RESPONSE = "http.response.header.content-length";

  @BeforeAll
  static void store() throws Exception {
    new SpanStore(engine.clickHouse(), 1)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .addScopeSpans(
                            ScopeSpans.newBuilder()
                                .addSpans(
                                    span("one")
                                        .addAttributes(array(REQUEST, "120"))
                                        .addAttributes(array(RESPONSE, "30")))
                                .addSpans(span("two").addAttributes(array(REQUEST, "1", "2")))
                                .addSpans(
                                    span("bytes")
                                        .addAttributes(
                                            value(
                                                REQUEST,
                                                AnyValue.newBuilder()
                                                    .setBytesValue(ByteString.fromHex("d76df8"))
                                                    .build())))))
                .build());
  }

  private static Span.Builder span(String name) {
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex("4bf92f3577b34da6a3ce929d0e0e4736"))
        .setSpanId(ByteString.copyFromUtf8((name + "12345678").substring(0, 8)))
        .setName(name)
        .setStartTimeUnixNano(1_700_000_000_000_000_000L)
        .setEndTimeUnixNano(1_700_000_000_000_000_001L);
  }

  private static KeyValue array(String key, String... texts) {
    ArrayValue.Builder array = ArrayValue.newBuilder();
    List.of(texts).forEach(text -> array.addValues(AnyValue.newBuilder().setStringValue(text)));
    return value(key, AnyValue.newBuilder().setArrayValue(array).build());
  }

  private static KeyValue value(String key, AnyValue value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private static String sum(String metric, String span) {
    String sql =
        "SELECT Sum(%s) AS x FROM l7_flow_log WHERE endpoint = '%s'".formatted(metric, span);
    SqlAnswer answer =
        new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
            .answer(new SqlQuestion("flow_log", "", sql, Language.ENGLISH, false, ""));
    String json = new String(answer.json(), StandardCharsets.UTF_8);
    assertThat(answer.outcome()).as(json).isEqualTo(SqlAnswer.Outcome.SUCCESS);
    return new JsonMapper().readTree(json).path("result").path("values").toString();
  }

  @Test
  void theOnlyElementOfAnArrayIsTheNumber() {
    assertThat(sum("metrics.http.request_content_length", "one")).isEqualTo("[[120.0]]");
    assertThat(sum("metrics.http.response_content_length", "one")).isEqualTo("[[30.0]]");
    assertThat(sum("`metrics." + REQUEST + "`", "one")).isEqualTo("[[120.0]]");
  }

  @Test
  void severalElementsAndBytesAreNoNumber() {
    assertThat(sum("metrics.http.request_content_length", "two")).isEqualTo("[[null]]");
    assertThat(sum("metrics.http.request_content_length", "bytes")).isEqualTo("[[null]]");
  }
}
