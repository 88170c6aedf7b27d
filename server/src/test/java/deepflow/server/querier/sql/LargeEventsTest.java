package deepflow.server.querier.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Answers with a row whose events are larger than a row may show.
class LargeEventsTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final long BEGIN = 1_700_000_000_000_000_000L;
  private static final int LARGE = 5 << 20;
  private static final String SQL = "SELECT endpoint, events FROM l7_flow_log ORDER BY endpoint";

  @BeforeAll
  static void store() throws Exception {
    new SpanStore(engine.clickHouse(), 1)
        .add(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder()
                        .addScopeSpans(
                            ScopeSpans.newBuilder()
                                .addSpans(span("a", 1, 5))
                                .addSpans(span("b", 2, LARGE))
                                .addSpans(span("c", 3, 7))))
                .build());
  }

  private static Span span(String name, int id, int eventLength) {
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex("4bf92f3577b34da6a3ce929d0e0e4736"))
        .setSpanId(ByteString.fromHex("%016x".formatted(id)))
        .setName(name)
        .setStartTimeUnixNano(BEGIN)
        .setEndTimeUnixNano(BEGIN + 1)
        .addEvents(Span.Event.newBuilder().setName("x".repeat(eventLength)))
        .build();
  }

  private static SqlAnswer ask(int answerBytesMax) {
    QueryLimits limits = new QueryLimits(Duration.ofSeconds(30), 512L << 20, answerBytesMax, 1, 1);
    return new SqlQuerier(engine.clickHouse(), engine.repeated(), limits)
        .answer(new SqlQuestion("flow_log", "", SQL, Language.ENGLISH, false, ""));
  }

  private static String text(SqlAnswer answer) {
    return new String(answer.json(), StandardCharsets.UTF_8);
  }

  @Test
  void theRowSaysSoAndTheOtherRowsAreThere() {
    SqlAnswer answer = ask(64 << 20);

    assertThat(answer.outcome()).as(text(answer)).isEqualTo(SqlAnswer.Outcome.SUCCESS);
    JsonNode rows = new JsonMapper().readTree(text(answer)).path("result").path("values");
    assertThat(rows).hasSize(3);
    assertThat(rows.path(0).path(1).asString()).isEqualTo("[{\"name\":\"xxxxx\"}]");
    assertThat(rows.path(1).path(0).asString()).isEqualTo("b");
    assertThat(rows.path(1).path(1).asString())
        .matches("\\{\"too_large\":\"52\\d+ bytes of events\"}");
    assertThat(rows.path(2).path(1).asString()).isEqualTo("[{\"name\":\"xxxxxxx\"}]");
  }

  @Test
  void anAnswerThatIsTooLargeIsRefusedStill() {
    SqlAnswer answer = ask(50);

    assertThat(answer.outcome()).isEqualTo(SqlAnswer.Outcome.REFUSED);
    assertThat(text(answer)).contains("larger than 50 bytes");
  }
}
