package deepflow.server.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.wire.frame.Identity;
import deepflow.wire.otlp.MalformedProtobufException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What waits to become a block takes no more memory than is known of.
class DraftTest {
  private static final int MANY = 100_000;

  private final Draft draft = new Draft(LabelSnapshot::empty);
  private final Batch batch = new Batch(new Identity(1, 1), 1, 1);

  @Test
  void knowsTheBytesOfResourcesWhoseSpansAreFew() throws Exception {
    var large = AnyValue.newBuilder().setStringValue("x".repeat(1 << 20));
    var resource =
        Resource.newBuilder().addAttributes(KeyValue.newBuilder().setKey("large").setValue(large));
    var one =
        ResourceSpans.newBuilder()
            .setResource(resource)
            .addScopeSpans(ScopeSpans.newBuilder().addSpans(span()));

    add(one);
    add(one);

    assertThat(draft.spans()).isEqualTo(2);
    assertThat(draft.bytes()).isBetween(2L << 20, (2L << 20) + 1000);
    draft.clear();
    assertThat(draft.bytes()).isZero();
  }

  @Test
  void keepsNoSpanThatIsTooShortForItsIds() throws Exception {
    var spans = ScopeSpans.newBuilder();
    for (int i = 0; i < MANY; i++) {
      spans.addSpans(Span.getDefaultInstance());
    }
    spans.addSpans(span());
    spans.addSpans(Span.newBuilder().setTraceId(ByteString.copyFromUtf8("0123456789abcdef")));

    add(ResourceSpans.newBuilder().addScopeSpans(spans));

    assertThat(draft.spans()).isEqualTo(1);
    assertThat(draft.refused())
        .isEqualTo(Map.of(SpanRefusal.TRACE_ID, MANY, SpanRefusal.SPAN_ID, 1));
    assertThat(batch.refusedSpans()).isEqualTo(MANY + 1);
  }

  @Test
  void countsNoSpanOfARequestThatIsBroken() {
    byte[] short1 =
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .addScopeSpans(ScopeSpans.newBuilder().addSpans(Span.getDefaultInstance())))
            .build()
            .toByteArray();
    byte[] broken = java.util.Arrays.copyOf(short1, short1.length + 2);
    broken[short1.length] = 0x0a;
    broken[short1.length + 1] = 0x7f;
    draft.begin(batch);

    assertThatThrownBy(() -> draft.add(broken, 0, broken.length, new byte[16], HostAdded.NONE))
        .isInstanceOf(MalformedProtobufException.class);

    assertThat(draft.refused()).isEmpty();
    assertThat(batch.refusedSpans()).isZero();
  }

  private static Span.Builder span() {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFromUtf8("0123456789abcdef"))
        .setSpanId(ByteString.copyFromUtf8("01234567"));
  }

  private void add(ResourceSpans.Builder spans) throws MalformedProtobufException {
    byte[] request = TracesData.newBuilder().addResourceSpans(spans).build().toByteArray();
    draft.begin(batch);
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
  }
}
