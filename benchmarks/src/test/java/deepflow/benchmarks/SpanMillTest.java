package deepflow.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import deepflow.benchmarks.SpanMill.Width;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SpanMillTest {
  private static final long START = 1_795_000_000_000_000_000L;

  private final SpanMill mill = new SpanMill("shop", 7, START, 16, 8);

  @Test
  void givesTheSameBytesForTheSameNumber() {
    byte[] first = mill.request(41);

    mill.request(42);

    assertThat(new SpanMill("shop", 7, START, 16, 8).request(41)).isEqualTo(first);
  }

  @Test
  void givesNoIdTwice() throws Exception {
    Set<ByteString> spanIds = new HashSet<>();
    Set<ByteString> traceIds = new HashSet<>();
    for (int number = 0; number < 200; number++) {
      for (Span span : spans(number)) {
        assertThat(spanIds.add(span.getSpanId())).as("span id of request %d", number).isTrue();
        traceIds.add(span.getTraceId());
      }
    }

    assertThat(spanIds).hasSize(200 * mill.spansInRequest());
    assertThat(traceIds).hasSize(200 * mill.tracesInRequest());
  }

  @Test
  void givesSpansThatHangTogether() throws Exception {
    List<Span> spans = spans(70);
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      assertThat(span.getTraceId().size()).isEqualTo(16);
      assertThat(span.getStartTimeUnixNano()).isBetween(START, START + 1_000_000_000L);
      assertThat(span.getEndTimeUnixNano()).isGreaterThan(span.getStartTimeUnixNano());
      if (i % 8 == 0) {
        assertThat(span.getParentSpanId()).isEqualTo(ByteString.EMPTY);
      } else {
        Span parent = spans.get(i - i % 8 + (i % 8 - 1) / 2);
        assertThat(span.getParentSpanId()).isEqualTo(parent.getSpanId());
        assertThat(span.getTraceId()).isEqualTo(parent.getTraceId());
      }
    }
  }

  @Test
  void tellsATracesIdWithoutItsRequest() throws Exception {
    List<Span> spans = spans(70);

    assertThat(mill.traceId(70, 5)).isEqualTo(spans.get(5 * 8).getTraceId().toByteArray());
  }

  @Test
  void leavesNoMarkerBehind() throws Exception {
    for (int number = 0; number < 64; number++) {
      for (Span span : spans(number)) {
        assertThat(span.toString()).doesNotContain("~#&!");
      }
    }
  }

  @Test
  void makesSpansOfTheSizeOfRealOnes() {
    assertThat(mill.request(0).length / mill.spansInRequest()).isBetween(350, 600);
  }

  /// Stores and compressors look better than they are on values that come again.
  @ParameterizedTest
  @EnumSource
  void givesThreeInTenAttributesAValueThatNoOtherHas(Width width) throws Exception {
    var spans = new SpanMill("shop", 7, START, 16, 8, width);
    Map<AnyValue, Integer> occurrences = new HashMap<>();
    int attributes = 0;
    for (int number = 0; number < 300; number++) {
      for (Span span : spans(spans, number)) {
        for (KeyValue attribute : span.getAttributesList()) {
          occurrences.merge(attribute.getValue(), 1, Integer::sum);
          attributes++;
        }
      }
    }

    long unique = occurrences.values().stream().filter(count -> count == 1).count();
    assertThat((double) unique / attributes).isGreaterThanOrEqualTo(0.3);
  }

  @ParameterizedTest
  @EnumSource(names = {"DENSE", "WIDE"})
  void givesMostSpansTwentyAttributes(Width width) throws Exception {
    var spans = spans(new SpanMill("shop", 7, START, 16, 8, width), 3);

    assertThat(spans.stream().mapToInt(Span::getAttributesCount).average())
        .hasValueCloseTo(20.0, within(1.0));
  }

  @Test
  void givesDenseSpansFiveHundredBytes() {
    var dense = new SpanMill("shop", 7, START, 32, 16, Width.DENSE);

    assertThat(dense.request(3).length / dense.spansInRequest()).isBetween(490, 510);
  }

  @Test
  void givesEachLabelToSomeOfTheDenseSpansThatHaveThem() throws Exception {
    var dense = new SpanMill("shop", 7, START, 32, 16, Width.DENSE);
    Map<String, Integer> labels = new HashMap<>();
    int spans = 0;
    for (int number = 0; number < 256; number++) {
      for (Span span : spans(dense, number)) {
        spans++;
        span.getAttributesList().stream()
            .filter(attribute -> attribute.getKey().equals("labels"))
            .map(attribute -> attribute.getValue().getArrayValue().getValues(0).getStringValue())
            .forEach(label -> labels.merge(label, 1, Integer::sum));
      }
    }

    assertThat(labels).hasSize(SpanMill.LABELS);
    assertThat(labels.values()).allSatisfy(count -> assertThat(count).isGreaterThan(10));
    assertThat((double) labels.values().stream().mapToInt(count -> count).sum() / spans)
        .isCloseTo(0.02, within(0.002));
  }

  private List<Span> spans(long number) throws InvalidProtocolBufferException {
    return spans(mill, number);
  }

  private static List<Span> spans(SpanMill mill, long number)
      throws InvalidProtocolBufferException {
    return ExportTraceServiceRequest.parseFrom(mill.request(number))
        .getResourceSpans(0)
        .getScopeSpans(0)
        .getSpansList();
  }
}
