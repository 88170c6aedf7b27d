package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Conditions on attributes that are arrays, of spans and of resources.
class ArrayAttributesTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final String TENANT = "http.request.header.x-tenant";

  @BeforeAll
  static void store() throws Exception {
    new SpanStore(engine.clickHouse(), 1)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .setResource(
                            Resource.newBuilder()
                                .addAttributes(array("process.command_args", "java", "-jar")))
                        .addScopeSpans(
                            ScopeSpans.newBuilder()
                                .addSpans(span("both", 1).addAttributes(array(TENANT, "acme", "x")))
                                .addSpans(span("one", 2).addAttributes(array(TENANT, "x")))))
                .build());
  }

  private static Span.Builder span(String name, int id) {
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex("4bf92f3577b34da6a3ce929d0e0e4736"))
        .setSpanId(ByteString.fromHex("%016x".formatted(id)))
        .setName(name)
        .setStartTimeUnixNano(1_700_000_000_000_000_000L)
        .setEndTimeUnixNano(1_700_000_000_000_000_001L);
  }

  private static KeyValue array(String key, String... texts) {
    ArrayValue.Builder array = ArrayValue.newBuilder();
    List.of(texts).forEach(text -> array.addValues(AnyValue.newBuilder().setStringValue(text)));
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setArrayValue(array))
        .build();
  }

  private static List<String> endpoints(String condition) {
    String sql = "SELECT endpoint FROM l7_flow_log WHERE %s ORDER BY endpoint".formatted(condition);
    SqlAnswer answer =
        new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
            .answer(new SqlQuestion("flow_log", "", sql, Language.ENGLISH, false, ""));
    String json = new String(answer.json(), StandardCharsets.UTF_8);
    assertThat(answer.outcome()).as(json).isEqualTo(SqlAnswer.Outcome.SUCCESS);
    List<String> endpoints = new ArrayList<>();
    for (JsonNode row : new JsonMapper().readTree(json).path("result").path("values")) {
      endpoints.add(row.path(0).asString());
    }
    return endpoints;
  }

  @Test
  void aConditionHoldsWhenItHoldsForAnElement() {
    String tenant = "`attribute.%s`".formatted(TENANT);
    assertThat(endpoints(tenant + " = 'acme'")).containsExactly("both");
    assertThat(endpoints(tenant + " != 'acme'")).containsExactly("one");
    assertThat(endpoints(tenant + " regexp '^ac'")).containsExactly("both");
    assertThat(endpoints(tenant + " IN ('acme', 'y')")).containsExactly("both");
    assertThat(endpoints("`attribute.process.command_args` = '-jar'"))
        .containsExactly("both", "one");
  }
}
