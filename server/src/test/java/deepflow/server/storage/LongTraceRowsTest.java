package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.querier.SpanStore;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A trace that has spans in more seconds than a statement names.
class LongTraceRowsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SECOND = 1_000_000_000L;
  private static final long BEGIN = 1_800_000_000L * SECOND;
  private static final int SECONDS = 1_100;
  private static final int OTHERS = 100_000;
  private static final long LONG = 1;

  private static Span span(long trace, long id, long start) {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(ByteBuffer.allocate(16).putLong(8, trace).array()))
        .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(id).array()))
        .setStartTimeUnixNano(start)
        .setEndTimeUnixNano(start + 1)
        .build();
  }

  @Test
  void isReadWithoutWhatOthersSentBetweenItsSpans() throws Exception {
    ScopeSpans.Builder spans = ScopeSpans.newBuilder();
    for (int i = 1; i < SECONDS; i++) {
      spans.addSpans(span(LONG, i, BEGIN + i * SECOND));
    }
    spans.addSpans(span(LONG, SECONDS, BEGIN + 40_000 * SECOND));
    for (int i = 1; i <= OTHERS; i++) {
      spans.addSpans(span(LONG + i, i, BEGIN + 5_000 * SECOND + i * SECOND / 10));
    }
    new SpanStore(engine.clickHouse(), new Random(1))
        .put(
            TracesData.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(spans))
                .build());
    long before = engine.rowsRead();

    Trace trace =
        new SpanReader(engine.clickHouse())
            .trace("%032x".formatted(LONG), SpanReader.TimeRange.ALL, 10_000, Integer.MAX_VALUE)
            .all();

    assertThat(trace.spans()).isEqualTo(SECONDS);
    assertThat(engine.rowsRead() - before).isLessThan(OTHERS / 4);
  }
}
