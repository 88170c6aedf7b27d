package deepflow.acceptance;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.HexFormat;
import java.util.List;

/// What tests want to know of OTLP messages.
final class Otlp {
  private Otlp() {}

  static List<Span> spans(TracesData trace) {
    return trace.getResourceSpansList().stream().flatMap(one -> spans(one).stream()).toList();
  }

  static List<Span> spans(ResourceSpans one) {
    return one.getScopeSpansList().stream()
        .flatMap(scope -> scope.getSpansList().stream())
        .toList();
  }

  /// What app.host.ip says, once for each resource that has it.
  static List<String> hostAddresses(TracesData trace) {
    return trace.getResourceSpansList().stream()
        .flatMap(one -> one.getResource().getAttributesList().stream())
        .filter(attribute -> attribute.getKey().equals("app.host.ip"))
        .map(KeyValue::getValue)
        .map(value -> value.getStringValue())
        .toList();
  }

  /// The trace ids of a serialised request in hex, each once, in its order.
  static List<String> traceIds(byte[] request) throws InvalidProtocolBufferException {
    return ExportTraceServiceRequest.parseFrom(request).getResourceSpansList().stream()
        .flatMap(one -> spans(one).stream())
        .map(span -> HexFormat.of().formatHex(span.getTraceId().toByteArray()))
        .distinct()
        .toList();
  }
}
