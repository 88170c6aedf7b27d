package deepflow.server.querier.tempo;

import deepflow.server.querier.JsonOutput;
import deepflow.server.querier.LimitedOutput;
import deepflow.server.querier.search.FoundSpan;
import deepflow.server.querier.search.FoundTrace;
import deepflow.server.querier.search.TagSearch.TagValue;
import deepflow.server.querier.search.TraceSummary;
import deepflow.server.querier.search.TypedAttribute;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;

/// The bodies of Tempo's searches, in the JSON that protobuf gives its messages: 64-bit numbers are
/// texts, 32-bit ones numbers.
///
/// Source: Tempo `pkg/tempopb/tempo.proto` of 2.8, SearchResponse and SearchTags….
final class SearchBody {

  private static final String NO_ROOT = "<root span not yet received>";
  private static final long UINT32_MAX = 0xFFFF_FFFFL;

  private SearchBody() {}

  static byte[] traces(List<FoundTrace> traces, int bytesMax) {
    return body(
        bytesMax,
        json -> {
          json.writeArrayPropertyStart("traces");
          traces.forEach(trace -> trace(json, trace));
          json.writeEndArray();
          json.writeObjectPropertyStart("metrics");
          json.writeNumberProperty("inspectedTraces", traces.size());
          json.writeNumberProperty("completedJobs", 1);
          json.writeNumberProperty("totalJobs", 1);
          json.writeEndObject();
        });
  }

  private static void trace(JsonGenerator json, FoundTrace found) {
    TraceSummary trace = found.summary();
    boolean rooted = !trace.rootService().isEmpty() || !trace.rootName().isEmpty();
    json.writeStartObject();
    json.writeStringProperty("traceID", trace.traceId());
    json.writeStringProperty("rootServiceName", rooted ? trace.rootService() : NO_ROOT);
    json.writeStringProperty("rootTraceName", trace.rootName());
    json.writeStringProperty("startTimeUnixNano", Long.toUnsignedString(trace.startNanos()));
    long millis = TimeUnit.NANOSECONDS.toMillis(trace.durationNanos());
    json.writeNumberProperty("durationMs", Math.clamp(millis, 0, UINT32_MAX));
    json.writeName("spanSet");
    spanSet(json, found);
    json.writeArrayPropertyStart("spanSets");
    spanSet(json, found);
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void spanSet(JsonGenerator json, FoundTrace found) {
    json.writeStartObject();
    json.writeArrayPropertyStart("spans");
    found.spans().forEach(span -> span(json, span));
    json.writeEndArray();
    json.writeNumberProperty("matched", found.matched());
    json.writeEndObject();
  }

  private static void span(JsonGenerator json, FoundSpan span) {
    json.writeStartObject();
    json.writeStringProperty("spanID", span.spanId());
    json.writeStringProperty("name", span.name());
    json.writeStringProperty("startTimeUnixNano", Long.toUnsignedString(span.startNanos()));
    json.writeStringProperty("durationNanos", Long.toString(Math.max(0, span.durationNanos())));
    json.writeArrayPropertyStart("attributes");
    span.attributes().forEach(attribute -> attribute(json, attribute));
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void attribute(JsonGenerator json, TypedAttribute attribute) {
    json.writeStartObject();
    json.writeStringProperty("key", attribute.key());
    json.writeObjectPropertyStart("value");
    switch (attribute.type()) {
      case STRING, OTHER -> json.writeStringProperty("stringValue", attribute.value());
      case INT -> json.writeStringProperty("intValue", attribute.value());
      case DOUBLE -> real(json, Double.parseDouble(attribute.value()));
      case BOOL -> json.writeBooleanProperty("boolValue", attribute.value().equals("true"));
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void real(JsonGenerator json, double value) {
    if (Double.isFinite(value)) {
      json.writeNumberProperty("doubleValue", value);
    } else {
      json.writeStringProperty("doubleValue", Double.toString(value));
    }
  }

  static byte[] names(List<String> names, int bytesMax) {
    return body(
        bytesMax,
        json -> {
          strings(json, "tagNames", names);
          noMetrics(json);
        });
  }

  static byte[] scopes(Map<String, List<String>> scopes, int bytesMax) {
    return body(
        bytesMax,
        json -> {
          json.writeArrayPropertyStart("scopes");
          scopes.forEach((name, tags) -> {
            json.writeStartObject();
            json.writeStringProperty("name", name);
            strings(json, "tags", tags);
            json.writeEndObject();
          });
          json.writeEndArray();
          noMetrics(json);
        });
  }

  static byte[] values(List<String> values, int bytesMax) {
    return body(
        bytesMax,
        json -> {
          strings(json, "tagValues", values);
          noMetrics(json);
        });
  }

  static byte[] typedValues(List<TagValue> values, int bytesMax) {
    return body(
        bytesMax,
        json -> {
          json.writeArrayPropertyStart("tagValues");
          for (TagValue value : values) {
            json.writeStartObject();
            json.writeStringProperty("type", value.type());
            json.writeStringProperty("value", value.value());
            json.writeEndObject();
          }
          json.writeEndArray();
          noMetrics(json);
        });
  }

  private static void noMetrics(JsonGenerator json) {
    json.writeObjectPropertyStart("metrics");
    json.writeEndObject();
  }

  private static void strings(JsonGenerator json, String name, List<String> values) {
    json.writeArrayPropertyStart(name);
    values.forEach(json::writeString);
    json.writeEndArray();
  }

  private static byte[] body(int bytesMax, Consumer<JsonGenerator> fields) {
    LimitedOutput output = new LimitedOutput(bytesMax);
    try (JsonGenerator json = JsonOutput.generator(output)) {
      json.writeStartObject();
      fields.accept(json);
      json.writeEndObject();
    }
    return output.toByteArray();
  }
}
