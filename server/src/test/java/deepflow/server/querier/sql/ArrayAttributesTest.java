package deepflow.server.querier.sql;

import static deepflow.server.querier.sql.SampleSpans.array;
import static deepflow.server.querier.sql.SampleSpans.span;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.storage.Engine;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

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

  private static List<String> endpoints(String condition) {
    String sql = "SELECT endpoint FROM l7_flow_log WHERE %s ORDER BY endpoint".formatted(condition);
    List<String> endpoints = new ArrayList<>();
    for (JsonNode row : AskedSql.values(engine, sql)) {
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
