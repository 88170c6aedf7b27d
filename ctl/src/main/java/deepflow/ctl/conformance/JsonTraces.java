package deepflow.ctl.conformance;

/// Requests in OTLP/JSON, written by hand: what a library would write is not what is asked.
final class JsonTraces {
  private JsonTraces() {}

  /// A request of one span.
  ///
  /// @param span its fields after the ids, each with a comma before it
  static String span(Traces traces, String span) {
    return span(traces.traceId(), traces.spanId(), "", span);
  }

  static String span(String traceId, String spanId, String attributes, String more) {
    return """
    {"resourceSpans":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"%s"}}]},
    "scopeSpans":[{"scope":{"name":"%s"},"spans":[{"traceId":"%s","spanId":"%s",
    "name":"conformance","kind":1,"startTimeUnixNano":"1700000000000000000",
    "endTimeUnixNano":"1700000000001000000","attributes":[%s]%s}]}]}]}\
    """
        .formatted(Traces.SERVICE, Traces.SERVICE, traceId, spanId, attributes, more);
  }

  /// A request of one span with an attribute of that value.
  static String value(Traces traces, String anyValue) {
    String attribute = "{\"key\":\"a\",\"value\":%s}".formatted(anyValue);
    return span(traces.traceId(), traces.spanId(), attribute, "");
  }

  /// A request with that attribute in all five places that have some.
  static String everywhere(Traces traces, String anyValue) {
    String attributes = "\"attributes\":[{\"key\":\"a\",\"value\":%s}]".formatted(anyValue);
    return """
    {"resourceSpans":[{"resource":{%s},"scopeSpans":[{"scope":{"name":"%s",%s},
    "spans":[{"traceId":"%s","spanId":"%s","name":"conformance",%s,
    "events":[{"timeUnixNano":"1700000000000000000","name":"event",%s}],
    "links":[{"traceId":"%s","spanId":"%s",%s}]}]}]}]}\
    """
        .formatted(
            attributes,
            Traces.SERVICE,
            attributes,
            traces.traceId(),
            traces.spanId(),
            attributes,
            attributes,
            traces.traceId(),
            traces.spanId(),
            attributes);
  }
}
