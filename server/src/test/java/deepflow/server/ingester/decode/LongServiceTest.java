package deepflow.server.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.BlockId;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LongServiceTest {
  private static final int SPANS = 50_000;
  private static final int NAME_BYTES = 2_000_000;

  /// A name of a megabyte comes once for all spans of its resource, so a sender pays nothing for
  /// having it looked at for each: 100 GB here.
  @Test
  void aLongNameCostsItsBytesOnceAndNotOnceASpan() throws Exception {
    byte[] request = twoServices();
    var draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(new Identity(1, 1), 1, 1));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    var block = new StoredBlock();
    block.begin(new BlockId(1_800_000_000_000_000_000L));

    Instant start = Instant.now();
    new SpanEncoder().encode(draft, block);

    assertThat(block.spans().block().rows()).isEqualTo(SPANS);
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(5));
  }

  /// Each trace has a span of both, so that they take turns.
  private static byte[] twoServices() {
    var data = TracesData.newBuilder();
    for (String letter : new String[] {"a", "b"}) {
      var spans = ScopeSpans.newBuilder();
      for (int i = 0; i < SPANS / 2; i++) {
        spans.addSpans(
            Span.newBuilder()
                .setTraceId(ByteString.copyFrom(ByteBuffer.allocate(16).putInt(1 + i).array()))
                .setSpanId(ByteString.copyFromUtf8("1234567" + letter))
                .setStartTimeUnixNano(1_800_000_000_000_000_000L)
                .setEndTimeUnixNano(1_800_000_000_000_000_001L));
      }
      data.addResourceSpans(
          ResourceSpans.newBuilder()
              .setResource(
                  Resource.newBuilder()
                      .addAttributes(
                          KeyValue.newBuilder()
                              .setKey("service.name")
                              .setValue(
                                  AnyValue.newBuilder().setStringValue(letter.repeat(NAME_BYTES)))))
              .addScopeSpans(spans));
    }
    return data.build().toByteArray();
  }
}
