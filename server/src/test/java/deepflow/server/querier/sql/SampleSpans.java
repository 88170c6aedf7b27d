package deepflow.server.querier.sql;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;

/// Spans of one trace and moment, for tests of what their attributes are to SQL.
final class SampleSpans {
  private SampleSpans() {}

  static Span.Builder span(String name, int id) {
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex("4bf92f3577b34da6a3ce929d0e0e4736"))
        .setSpanId(ByteString.fromHex("%016x".formatted(id)))
        .setName(name)
        .setStartTimeUnixNano(1_700_000_000_000_000_000L)
        .setEndTimeUnixNano(1_700_000_000_000_000_001L);
  }

  static KeyValue text(String key, String value) {
    return value(key, AnyValue.newBuilder().setStringValue(value));
  }

  static KeyValue array(String key, String... texts) {
    ArrayValue.Builder array = ArrayValue.newBuilder();
    List.of(texts).forEach(text -> array.addValues(AnyValue.newBuilder().setStringValue(text)));
    return value(key, AnyValue.newBuilder().setArrayValue(array));
  }

  static KeyValue value(String key, AnyValue.Builder value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }
}
