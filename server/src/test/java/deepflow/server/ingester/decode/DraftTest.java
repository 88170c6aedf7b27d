package deepflow.server.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import com.sun.management.ThreadMXBean;
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
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What waits to become a block takes no more memory than is known of.
class DraftTest {
  private static final int MANY = 100_000;
  private static final int MILLIONS = 3_000_000;

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

  /// An empty span is two bytes, a ResourceSpans with nothing but one six: a frame has room for
  /// many millions of them.
  @Test
  void holdsNothingOfManySpansThatAreTooShort() throws Exception {
    byte[] alone = {0x0a, 4, 0x12, 2, 0x12, 0};
    byte[] together = ByteBuffer.allocate(12 + 2 * MILLIONS).array();
    var wire = CodedOutputStream.newInstance(together);
    wire.writeTag(1, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    wire.writeUInt32NoTag(5 + 2 * MILLIONS);
    wire.writeTag(2, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    wire.writeUInt32NoTag(2 * MILLIONS);
    int from = wire.getTotalBytesWritten();
    for (int i = 0; i < MILLIONS; i++) {
      together[from + 2 * i] = 0x12;
    }
    assertThat(allocated(together, from + 2 * MILLIONS)).isLessThan(3L * 2 * MILLIONS);
    assertThat(allocated(repeated(alone, MILLIONS), 6 * MILLIONS)).isLessThan(2L * 6 * MILLIONS);

    assertThat(draft.refused()).isEqualTo(Map.of(SpanRefusal.TRACE_ID, 2 * MILLIONS));
    assertThat(draft.resourceOf).isEmpty();
    assertThat(draft.scopeOf).isEmpty();
  }

  private static byte[] repeated(byte[] bytes, int times) {
    ByteBuffer all = ByteBuffer.allocate(bytes.length * times);
    for (int i = 0; i < times; i++) {
      all.put(bytes);
    }
    return all.array();
  }

  private long allocated(byte[] request, int length) throws MalformedProtobufException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    draft.begin(batch);
    long before = threads.getCurrentThreadAllocatedBytes();
    draft.add(request, 0, length, new byte[16], HostAdded.NONE);
    return threads.getCurrentThreadAllocatedBytes() - before;
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
