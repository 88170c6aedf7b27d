package deepflow.server.querier.sql;

import static deepflow.server.querier.sql.SampleSpans.array;
import static deepflow.server.querier.sql.SampleSpans.span;
import static deepflow.server.querier.sql.SampleSpans.text;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.storage.Engine;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.TracesData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

/// Of a key that a span or its resource has twice the last value counts, as everywhere else.
class RepeatedKeysTest {
  @RegisterExtension static final Engine engine = new Engine();

  @BeforeAll
  static void store() throws Exception {
    new SpanStore(engine.clickHouse(), 1)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .setResource(
                            Resource.newBuilder()
                                .addAttributes(text("team", "old"))
                                .addAttributes(text("team", "new")))
                        .addScopeSpans(
                            ScopeSpans.newBuilder()
                                .addSpans(
                                    span("texts", 1)
                                        .addAttributes(text("a", "1"))
                                        .addAttributes(text("b", "x"))
                                        .addAttributes(text("a", "2"))
                                        .addAttributes(text("db.system", "mysql"))
                                        .addAttributes(text("db.system", "redis"))
                                        .addAttributes(text("cassandra.page.size", "5"))
                                        .addAttributes(text("cassandra.page.size", "7")))
                                .addSpans(
                                    span("textThenArray", 2)
                                        .addAttributes(text("c", "1"))
                                        .addAttributes(array("c", "p", "q")))
                                .addSpans(
                                    span("arrayThenText", 3)
                                        .addAttributes(array("d", "p", "q"))
                                        .addAttributes(text("d", "1")))))
                .build());
  }

  private static String values(String sql) {
    return AskedSql.values(engine, sql).toString();
  }

  /// Of the span that has all the texts.
  private static String shown(String expression) {
    return values("SELECT %s AS x FROM l7_flow_log WHERE endpoint = 'texts'".formatted(expression));
  }

  private static String found(String condition) {
    return values(
        "SELECT endpoint FROM l7_flow_log WHERE %s ORDER BY endpoint".formatted(condition));
  }

  @Test
  void theLastValueIsShown() {
    assertThat(shown("attribute.a")).isEqualTo("[[\"2\"]]");
    assertThat(shown("attribute.team")).isEqualTo("[[\"new\"]]");
    assertThat(values("SELECT attribute.c FROM l7_flow_log WHERE endpoint = 'textThenArray'"))
        .isEqualTo("[[\"[\\\"p\\\",\\\"q\\\"]\"]]");
    assertThat(values("SELECT attribute.d FROM l7_flow_log WHERE endpoint = 'arrayThenText'"))
        .isEqualTo("[[\"1\"]]");
  }

  @Test
  void conditionsCompareTheLastValue() {
    assertThat(found("attribute.a = '2'")).isEqualTo("[[\"texts\"]]");
    assertThat(found("attribute.a = '1'")).isEqualTo("[]");
    assertThat(found("attribute.team IN ('new') AND attribute.a IN ('2')"))
        .isEqualTo("[[\"texts\"]]");
    assertThat(found("attribute.team = 'old'")).isEqualTo("[]");
    assertThat(found("attribute.c = 'q'")).isEqualTo("[[\"textThenArray\"]]");
    assertThat(found("attribute.c = '1'")).isEqualTo("[]");
    assertThat(found("attribute.d = '1'")).isEqualTo("[[\"arrayThenText\"]]");
    assertThat(found("attribute.d = 'q'")).isEqualTo("[]");
  }

  @Test
  void theLastValueOfAColumnsKeyCounts() {
    assertThat(shown("biz_protocol")).isEqualTo("[[\"redis\"]]");
    assertThat(shown("Sum(sql_affected_rows)")).isEqualTo("[[7]]");
    assertThat(shown("Sum(metrics.a)")).isEqualTo("[[2.0]]");
  }

  @Test
  void allAttributesHaveEachKeyOnce() {
    String all = new JsonMapper().readTree(shown("attribute")).path(0).path(0).asString();

    assertThat(all.split("\"a\":", -1)).as(all).hasSize(2);
    assertThat(all).contains("\"a\":\"2\"", "\"b\":\"x\"", "\"team\":\"new\"");
    assertThat(all).doesNotContain("\"old\"", "mysql");
  }
}
