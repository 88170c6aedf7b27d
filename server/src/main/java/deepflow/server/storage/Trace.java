package deepflow.server.storage;

import deepflow.wire.otlp.OtlpField;
import java.util.List;

/// Spans that were read, grouped by resource and scope as OTLP groups them.
///
/// @param resources each with at least one span
/// @param spans how many there are
/// @param merged spans left out because the same span is there already: same content, apart from
///   what the agent added to the resource
/// @param truncated whether there are more than were asked for
public record Trace(List<OfResource> resources, int spans, int merged, boolean truncated) {
  /// A ResourceSpans.
  ///
  /// @param head serialized fields of ResourceSpans, without the scopes
  /// @param appHostIpAdded whether the agent added `app.host.ip`, which is not the sender's word
  public record OfResource(Bytes head, boolean appHostIpAdded, List<OfScope> scopes) {}

  /// A ScopeSpans.
  ///
  /// @param head serialized fields of ScopeSpans, without the spans
  /// @param spans serialized Spans
  public record OfScope(Bytes head, List<Bytes> spans) {}

  /// Whether nothing was found.
  public boolean isEmpty() {
    return spans == 0;
  }

  /// All of it as serialized TracesData, which has the same bytes as an ExportTraceServiceRequest
  /// and as Tempo's Trace.
  public byte[] toTracesData() {
    return toTracesData(/* marked= */ false);
  }

  /// The same, in which resources are marked that got `app.host.ip` from the agent: another agent
  /// that takes it leaves the address as it is, and does not hold it for the sender's word.
  public byte[] toExport() {
    return toTracesData(/* marked= */ true);
  }

  private byte[] toTracesData(boolean marked) {
    var data = new ProtobufWriter();
    var resourceSpans = new ProtobufWriter();
    var scopeSpans = new ProtobufWriter();
    for (OfResource resource : resources) {
      resourceSpans.clear();
      resource.head.appendTo(resourceSpans);
      for (OfScope scope : resource.scopes) {
        scopeSpans.clear();
        scope.head.appendTo(scopeSpans);
        scope.spans.forEach(span -> span.appendTo(OtlpField.SCOPE_SPANS_SPANS, scopeSpans));
        resourceSpans.message(OtlpField.RESOURCE_SPANS_SCOPE_SPANS, scopeSpans);
      }
      if (marked && resource.appHostIpAdded) {
        resourceSpans.varintField(OtlpField.RESOURCE_SPANS_APP_HOST_IP_ADDED, 1);
      }
      data.message(OtlpField.REQUEST_RESOURCE_SPANS, resourceSpans);
    }
    return data.toByteArray();
  }
}
