package deepflow.ctl.conformance;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/// Requests to send. Every span has ids of its own, so that runs don't meet in a store.
final class Traces {
  static final String SERVICE = "otlp-conformance";

  private static final int TRACE_ID_BYTES = 16;
  private static final int SPAN_ID_BYTES = 8;

  private final Random random;

  Traces(long seed) {
    random = new Random(seed);
  }

  byte[] id(int bytes) {
    byte[] id = new byte[bytes];
    random.nextBytes(id);
    if (bytes > 0) {
      id[0] |= 1; // never all zero
    }
    return id;
  }

  String traceId() {
    return HexFormat.of().formatHex(id(TRACE_ID_BYTES));
  }

  String spanId() {
    return HexFormat.of().formatHex(id(SPAN_ID_BYTES));
  }

  long now() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  Span.Builder span() {
    long end = now();
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(id(TRACE_ID_BYTES)))
        .setSpanId(ByteString.copyFrom(id(SPAN_ID_BYTES)))
        .setName("conformance")
        .setKind(Span.SpanKind.SPAN_KIND_INTERNAL)
        .setStartTimeUnixNano(end - 1_000_000)
        .setEndTimeUnixNano(end);
  }

  Span.Builder spanOf(ByteString traceId, ByteString spanId) {
    return span().setTraceId(traceId).setSpanId(spanId);
  }

  static ResourceSpans.Builder resourceSpans(Span.Builder... spans) {
    ScopeSpans.Builder scope =
        ScopeSpans.newBuilder().setScope(InstrumentationScope.newBuilder().setName(SERVICE));
    Arrays.stream(spans).forEach(scope::addSpans);
    return ResourceSpans.newBuilder()
        .setResource(Resource.newBuilder().addAttributes(attribute("service.name", SERVICE)))
        .addScopeSpans(scope);
  }

  static byte[] request(Span.Builder... spans) {
    return request(resourceSpans(spans));
  }

  static byte[] request(ResourceSpans.Builder... resources) {
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    Arrays.stream(resources).forEach(request::addResourceSpans);
    return request.build().toByteArray();
  }

  /// A request of one good span.
  byte[] one() {
    return request(span());
  }

  static KeyValue attribute(String key, String value) {
    return attribute(key, AnyValue.newBuilder().setStringValue(value));
  }

  static KeyValue attribute(String key, AnyValue.Builder value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  /// One span with an attribute in each of the five places that have some.
  byte[] everywhere(KeyValue attribute) {
    Span.Builder span =
        span()
            .addAttributes(attribute)
            .addEvents(
                Span.Event.newBuilder()
                    .setName("event")
                    .setTimeUnixNano(now())
                    .addAttributes(attribute))
            .addLinks(
                Span.Link.newBuilder()
                    .setTraceId(ByteString.copyFrom(id(TRACE_ID_BYTES)))
                    .setSpanId(ByteString.copyFrom(id(SPAN_ID_BYTES)))
                    .addAttributes(attribute));
    ResourceSpans.Builder resource = resourceSpans(span);
    resource.getResourceBuilder().addAttributes(attribute);
    resource.getScopeSpansBuilder(0).getScopeBuilder().addAttributes(attribute);
    return request(resource);
  }

  /// A span with a value of key-value lists inside one another, 200,000 of them.
  byte[] deep() {
    Nesting nesting = new Nesting();
    nesting.before(Bombs.ATTRIBUTE);
    nesting.before(span().build().toByteArray());
    nesting.in(ScopeSpans.SPANS_FIELD_NUMBER);
    nesting.in(ResourceSpans.SCOPE_SPANS_FIELD_NUMBER);
    nesting.in(ExportTraceServiceRequest.RESOURCE_SPANS_FIELD_NUMBER);
    return nesting.toByteArray();
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }
}
