package deepflow.wire.otlp;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.BitSet;
import java.util.List;

/// What [RequestCheck] promises, done the slow way on generated classes.
record RequestModel(ExportTraceServiceRequest kept, int spans, int rejected, BitSet hostIpAdded) {
  static RequestModel of(ExportTraceServiceRequest request, String ip) {
    ExportTraceServiceRequest.Builder kept = request.toBuilder();
    BitSet added = new BitSet();
    int spans = 0;
    int all = 0;
    for (int i = 0; i < kept.getResourceSpansCount(); i++) {
      ResourceSpans.Builder resource = kept.getResourceSpansBuilder(i);
      if (!hasHostIp(resource.getResource().getAttributesList())) {
        resource.getResourceBuilder().addAttributes(attribute(ip));
        added.set(i);
      }
      for (ScopeSpans.Builder scope : resource.getScopeSpansBuilderList()) {
        List<Span> good = scope.getSpansList().stream().filter(RequestModel::isGood).toList();
        all += scope.getSpansCount();
        spans += good.size();
        scope.clearSpans().addAllSpans(good);
      }
    }
    return new RequestModel(kept.build(), spans, all - spans, added);
  }

  static KeyValue attribute(String ip) {
    return KeyValue.newBuilder()
        .setKey("app.host.ip")
        .setValue(AnyValue.newBuilder().setStringValue(ip))
        .build();
  }

  private static boolean hasHostIp(List<KeyValue> attributes) {
    return attributes.stream().anyMatch(attribute -> attribute.getKey().equals("app.host.ip"));
  }

  private static boolean isGood(Span span) {
    int parent = span.getParentSpanId().size();
    return isId(span.getTraceId(), 16) && isId(span.getSpanId(), 8) && (parent == 0 || parent == 8);
  }

  private static boolean isId(ByteString id, int length) {
    return id.size() == length && !id.equals(ByteString.copyFrom(new byte[length]));
  }
}
