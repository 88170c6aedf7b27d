package deepflow.server.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.BlockId;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import deepflow.wire.otlp.MalformedProtobufException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Bytes that someone broke on purpose: never more than a refusal, and never half a row.
class HostileBytesTest {
  private static final int REQUESTS = 30_000;

  @Test
  void refusesOrStoresButNeverBreaks() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    byte[] good = request();
    var draft = new Draft(LabelSnapshot::empty);
    var encoder = new SpanEncoder();
    var block = new StoredBlock();
    int malformed = 0;
    int refused = 0;
    int stored = 0;
    for (int i = 0; i < REQUESTS; i++) {
      byte[] bad = broken(good, random);
      draft.clear();
      draft.begin(new Batch(new Identity(1, 1), 1, i));
      try {
        draft.add(bad, 0, bad.length, new byte[16], HostAdded.NONE);
      } catch (MalformedProtobufException _) {
        malformed++;
        assertThat(draft.spans()).as("tests.seed=%s", seed).isZero();
      }
      block.begin(new BlockId(1_800_000_000_000_000_000L + i));
      encoder.encode(draft, block);
      stored += block.spans().block().rows();
      refused += encoder.refused().values().stream().mapToInt(Integer::intValue).sum();
      // Fails when one column has another number of rows than the others.
      long[] bytes = {0};
      block.spans().block().writeTo((_, _, length) -> bytes[0] += length);
      block.traceIndex().block().writeTo((_, _, length) -> bytes[0] += length);
      assertThat(
              block.spans().block().rows()
                  + encoder.merged()
                  + encoder.refused().values().stream().mapToInt(Integer::intValue).sum())
          .as("tests.seed=%s", seed)
          .isEqualTo(
              draft.spans() + draft.refused().values().stream().mapToInt(Integer::intValue).sum());
    }
    assertThat(malformed).isPositive();
    assertThat(refused).isPositive();
    assertThat(stored).isPositive();
  }

  private static byte[] broken(byte[] good, Random random) {
    byte[] bad = good.clone();
    for (int change = random.nextInt(4); change >= 0; change--) {
      int at = random.nextInt(bad.length);
      bad[at] =
          random.nextBoolean()
              ? (byte) random.nextInt()
              : (byte) (bad[at] ^ 1 << random.nextInt(8));
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(bad, random.nextInt(bad.length)) : bad;
  }

  private static byte[] request() {
    var nested =
        AnyValue.newBuilder()
            .setArrayValue(
                ArrayValue.newBuilder().addValues(AnyValue.newBuilder().setStringValue("deep")));
    var span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFromUtf8("0123456789abcdef"))
            .setSpanId(ByteString.copyFromUtf8("01234567"))
            .setName("GET /")
            .setStartTimeUnixNano(1_800_000_000_000_000_000L)
            .addAttributes(KeyValue.newBuilder().setKey("array").setValue(nested))
            .addAttributes(
                KeyValue.newBuilder()
                    .setKey("http.status_code")
                    .setValue(AnyValue.newBuilder().setIntValue(200)))
            .addEvents(
                Span.Event.newBuilder()
                    .setName("exception")
                    .addAttributes(KeyValue.newBuilder().setKey("array").setValue(nested)))
            .addLinks(Span.Link.newBuilder().setTraceId(ByteString.copyFromUtf8("x")));
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(
                            KeyValue.newBuilder()
                                .setKey("service.name")
                                .setValue(AnyValue.newBuilder().setStringValue("shop"))))
                .addScopeSpans(ScopeSpans.newBuilder().addSpans(span).addSpans(span)))
        .build()
        .toByteArray();
  }
}
