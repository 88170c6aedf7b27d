package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Spans that end now and whose start nobody set: so many that the sum of their durations since
/// 1970 would pass 64 bits.
class UnsetStartTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final int SPANS = 12_000;
  private static final long END = 1_800_000_000_000_000_000L;

  @BeforeAll
  static void store() throws Exception {
    ScopeSpans.Builder scope =
        ScopeSpans.newBuilder().addSpans(span(SPANS).setStartTimeUnixNano(END - 5_000_000));
    for (int i = 0; i < SPANS; i++) {
      scope.addSpans(span(i));
    }
    new SpanStore(engine.clickHouse(), 1)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(scope))
                .build());
  }

  private static Span.Builder span(int id) {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(ByteBuffer.allocate(16).putLong(7).putLong(id).array()))
        .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(id + 1L).array()))
        .setName("GET /cart")
        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
        .setEndTimeUnixNano(END);
  }

  private static JsonNode row(String database, String sql) {
    return AskedSql.values(engine, database, sql).path(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application.1s", "application.1m", "application_map.1s", "application_map.1m"})
  void countsWithoutADurationInMetrics(String table) {
    JsonNode row =
        row(
            "flow_metrics",
            "SELECT Sum(request), Sum(rrt), Avg(rrt), Max(rrt) FROM `%s`".formatted(table));

    assertThat(row.path(0).asLong()).isEqualTo(SPANS + 1);
    assertThat(row.path(1).asLong()).isEqualTo(5_000);
    assertThat(row.path(2).asDouble()).isEqualTo(5_000);
    assertThat(row.path(3).asLong()).isEqualTo(5_000);
  }

  @Test
  void countsWithoutADurationInTheLog() {
    JsonNode row =
        row(
            "flow_log",
            "SELECT Count(row), Sum(response_duration), Avg(response_duration),"
                + " Max(response_duration) FROM l7_flow_log");

    assertThat(row.path(0).asLong()).isEqualTo(SPANS + 1);
    assertThat(row.path(1).asLong()).isEqualTo(5_000);
    assertThat(row.path(2).asDouble()).isEqualTo(5_000);
    assertThat(row.path(3).asLong()).isEqualTo(5_000);
  }
}
