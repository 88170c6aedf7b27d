package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// A span that is sent to be found again.
final class OneSpan {
  private static final long NANOS_OF_SECOND = 1_000_000_000L;
  private static final AtomicInteger SENT = new AtomicInteger();

  private OneSpan() {}

  /// Sends it.
  ///
  /// @param from the sender's address
  /// @param resource beside its `service.name`, which is `shop`
  /// @return the span's endpoint, which no other has
  static String send(
      String from,
      URI to,
      Span.SpanKind kind,
      Instant time,
      Map<String, String> resource,
      Map<String, Object> attributes)
      throws Exception {
    String endpoint = "span-" + SENT.incrementAndGet();
    Resource.Builder words = Resource.newBuilder().addAttributes(attribute("service.name", "shop"));
    resource.forEach((key, value) -> words.addAttributes(attribute(key, value)));
    long start = time.getEpochSecond() * NANOS_OF_SECOND + time.getNano();
    Span.Builder span =
        Span.newBuilder()
            .setName(endpoint)
            .setKind(kind)
            .setTraceId(ByteString.copyFromUtf8("%16s".formatted(endpoint)))
            .setSpanId(ByteString.copyFromUtf8("%8s".formatted(endpoint)))
            .setStartTimeUnixNano(start)
            .setEndTimeUnixNano(start + 1_000_000);
    attributes.forEach((key, value) -> span.addAttributes(attribute(key, value)));
    byte[] request =
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .setResource(words)
                    .addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
            .build()
            .toByteArray();
    assertThat(OtlpPost.from(from, to, "application/x-protobuf", request)).isEqualTo(200);
    return endpoint;
  }

  static KeyValue attribute(String key, Object value) {
    AnyValue.Builder any =
        value instanceof Integer number
            ? AnyValue.newBuilder().setIntValue(number)
            : AnyValue.newBuilder().setStringValue(value.toString());
    return KeyValue.newBuilder().setKey(key).setValue(any).build();
  }
}
