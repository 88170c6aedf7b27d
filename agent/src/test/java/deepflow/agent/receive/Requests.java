package deepflow.agent.receive;

import com.github.luben.zstd.Zstd;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.airlift.compress.v3.snappy.SnappyFramedOutputStream;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/// Requests as senders make them.
final class Requests {
  /// One span of one service in OTLP/JSON.
  static final String JSON =
      """
      {"resourceSpans": [{"resource": {"attributes": [
          {"key": "service.name", "value": {"stringValue": "shop"}}]},
        "scopeSpans": [{"spans": [{"traceId": "5B8EFFF798038103D269B633813FC60C",
          "spanId": "EEE19B7EC3C1B174", "name": "buy", "kind": 2}]}]}]}\
      """;

  private Requests() {}

  static ExportTraceServiceRequest spans(int count) {
    ScopeSpans.Builder scope = ScopeSpans.newBuilder();
    for (int i = 0; i < count; i++) {
      scope.addSpans(span(i));
    }
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(Resource.newBuilder().addAttributes(attribute("service.name", "shop")))
                .addScopeSpans(scope))
        .build();
  }

  static Span.Builder span(int number) {
    byte[] traceId = ByteBuffer.allocate(16).putLong(7).putLong(number).array();
    byte[] spanId = ByteBuffer.allocate(8).putLong(number + 1L).array();
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(traceId))
        .setSpanId(ByteString.copyFrom(spanId))
        .setName("span " + number)
        .setStartTimeUnixNano(1_700_000_000_000_000_000L + number)
        .setEndTimeUnixNano(1_700_000_000_000_500_000L + number)
        .addAttributes(attribute("http.request.method", "GET"));
  }

  static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  /// Three spans, of which the second has a value nested so deep: written from the inside out,
  /// because protobuf's own writer would run out of stack.
  static byte[] nested(int depth) {
    ByteString bytes = ByteString.EMPTY;
    for (int i = 0; i < depth; i++) {
      bytes = field(ArrayValue.VALUES_FIELD_NUMBER, bytes);
      bytes = field(AnyValue.ARRAY_VALUE_FIELD_NUMBER, bytes);
    }
    ByteString attribute = field(KeyValue.VALUE_FIELD_NUMBER, bytes);
    ByteString span =
        span(1).build().toByteString().concat(field(Span.ATTRIBUTES_FIELD_NUMBER, attribute));
    ByteString spans =
        field(ScopeSpans.SPANS_FIELD_NUMBER, span(0).build().toByteString())
            .concat(field(ScopeSpans.SPANS_FIELD_NUMBER, span))
            .concat(field(ScopeSpans.SPANS_FIELD_NUMBER, span(2).build().toByteString()));
    return field(
            ExportTraceServiceRequest.RESOURCE_SPANS_FIELD_NUMBER,
            field(ResourceSpans.SCOPE_SPANS_FIELD_NUMBER, spans))
        .toByteArray();
  }

  /// A message as the field of another.
  private static ByteString field(int number, ByteString message) {
    byte[] head = new byte[8];
    CodedOutputStream out = CodedOutputStream.newInstance(head);
    try {
      out.writeTag(number, /* wireType= */ 2);
      out.writeUInt32NoTag(message.size());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteString.copyFrom(head, 0, out.getTotalBytesWritten()).concat(message);
  }

  /// A request in which the given spans have no valid trace id.
  static ExportTraceServiceRequest withBadSpans(int good, int bad) {
    ExportTraceServiceRequest.Builder request = spans(good).toBuilder();
    ScopeSpans.Builder scope = request.getResourceSpansBuilder(0).getScopeSpansBuilder(0);
    for (int i = 0; i < bad; i++) {
      scope.addSpans(span(i).setTraceId(ByteString.copyFromUtf8("short")));
    }
    return request.build();
  }

  /// One span with a key and a value that profiles would look up.
  static ExportTraceServiceRequest withStringIndexes() {
    ExportTraceServiceRequest.Builder request = spans(1).toBuilder();
    request
        .getResourceSpansBuilder(0)
        .getScopeSpansBuilder(0)
        .getSpansBuilder(0)
        .addAttributes(attribute("", "value").toBuilder().setKeyStrindex(3))
        .addAttributes(
            KeyValue.newBuilder()
                .setKey("key")
                .setValue(AnyValue.newBuilder().setStringValueStrindex(4)));
    return request.build();
  }

  static byte[] gzip(byte[] bytes) {
    return compress(bytes, GZIPOutputStream::new);
  }

  static byte[] zlib(byte[] bytes) {
    return compress(bytes, DeflaterOutputStream::new);
  }

  static byte[] rawDeflate(byte[] bytes) {
    return compress(bytes, out -> new DeflaterOutputStream(out, new Deflater(6, true)));
  }

  static byte[] zstd(byte[] bytes) {
    return Zstd.compress(bytes);
  }

  static byte[] snappyBlock(byte[] bytes) {
    SnappyJavaCompressor compressor = new SnappyJavaCompressor();
    byte[] block = new byte[compressor.maxCompressedLength(bytes.length)];
    int length = compressor.compress(bytes, 0, bytes.length, block, 0, block.length);
    return Arrays.copyOf(block, length);
  }

  static byte[] snappyFramed(byte[] bytes) {
    return compress(bytes, out -> new SnappyFramedOutputStream(new SnappyJavaCompressor(), out));
  }

  /// A gRPC body of one message.
  static byte[] framed(boolean compressed, byte[] message) {
    return ByteBuffer.allocate(5 + message.length)
        .put((byte) (compressed ? 1 : 0))
        .putInt(message.length)
        .put(message)
        .array();
  }

  private interface Compressor {
    OutputStream over(OutputStream out) throws IOException;
  }

  private static byte[] compress(byte[] bytes, Compressor compressor) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream compressing = compressor.over(out)) {
      compressing.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
