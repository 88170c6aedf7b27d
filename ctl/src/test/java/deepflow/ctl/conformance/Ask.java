package deepflow.ctl.conformance;

import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A request as the planted server sees it.
///
/// @param request what it asks for; empty when it can't be read
/// @param isGood whether it is answered with success or partial success
/// @param repeated whether the same body came before
/// @param atOnce how many requests are being answered
record Ask(
    Transport transport,
    Call call,
    ExportTraceServiceRequest request,
    boolean isGood,
    boolean repeated,
    int atOnce) {
  String header(String name) {
    return call.headers().getOrDefault(name, "");
  }

  boolean isGrpc() {
    return transport == Transport.GRPC;
  }

  boolean isHttp() {
    return !isGrpc();
  }

  boolean isJson() {
    return isHttp() && header("content-type").toLowerCase(Locale.ROOT).contains("json");
  }

  boolean isProtobuf() {
    return isGrpc() || header("content-type").equals("application/x-protobuf");
  }

  String encoding() {
    return header(isGrpc() ? "grpc-encoding" : "content-encoding");
  }

  boolean isEncoded(String name) {
    return encoding().equals(name);
  }

  boolean isPost() {
    return call.method().equals("POST");
  }

  boolean isTraces() {
    return call.path().equals("/v1/traces") || call.path().equals(Target.GRPC_EXPORT);
  }

  /// The body of a request in JSON; empty for another.
  String text() {
    return isJson() && encoding().isEmpty() ? new String(call.body(), StandardCharsets.UTF_8) : "";
  }

  boolean says(String text) {
    return text().contains(text);
  }

  /// The bytes of the body, without gRPC's frame.
  int length() {
    return call.body().length - (isGrpc() ? 5 : 0);
  }

  List<ResourceSpans> resources() {
    return request.getResourceSpansList();
  }

  Stream<ScopeSpans> scopes() {
    return resources().stream().flatMap(resource -> resource.getScopeSpansList().stream());
  }

  /// The spans of a request in protobuf.
  List<Span> spans() {
    return isJson() ? List.of() : scopes().flatMap(scope -> scope.getSpansList().stream()).toList();
  }

  /// Whether it is a request in protobuf of one span that looks like this.
  boolean isOne(Predicate<Span> span) {
    return spans().size() == 1 && span.test(spans().getFirst());
  }

  /// Whether it has the attribute that is put everywhere, with a value like this.
  boolean hasValue(Predicate<AnyValue> value) {
    return isOne(span ->
        span.getAttributesList().stream()
            .anyMatch(a -> a.getKey().equals("conformance") && value.test(a.getValue())));
  }
}
