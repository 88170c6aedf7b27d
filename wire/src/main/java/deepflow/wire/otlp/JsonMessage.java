package deepflow.wire.otlp;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message of OTLP as JSON names it: lowerCamelCase names, and what stands behind each. Names
/// that are not here are unknown, and unknown fields are ignored.
final class JsonMessage {
  /// How a value is written in JSON, and what becomes of it in protobuf.
  enum Kind {
    /// A string.
    TEXT,
    /// Hexadecimal digits of any case, to bytes. In a span; what is not hex becomes an id of a
    /// wrong length, so that the span is rejected and no other.
    SPAN_ID,
    /// Hexadecimal digits of any case, to bytes. In a link; what is not hex is malformed.
    LINK_ID,
    /// Base64, standard or URL-safe, padded or not, to bytes.
    BYTES,
    /// `true` or `false`.
    BOOL,
    /// A number or a decimal string, to a signed varint.
    INT64,
    /// A number or a decimal string, to a varint.
    UINT32,
    /// A number and nothing else: OTLP takes no names of enum values.
    ENUM,
    /// A number or a decimal string, up to 2⁶⁴ - 1.
    FIXED64,
    /// A number or a decimal string, up to 2³² - 1.
    FIXED32,
    /// A number, a decimal string, or "NaN", "Infinity", "-Infinity".
    DOUBLE,
    /// An object.
    MESSAGE
  }

  /// @param repeated JSON has an array of values
  /// @param always written also when it has the default value, because its presence says something
  record Field(
      int number, Kind kind, boolean repeated, boolean always, @Nullable JsonMessage child) {}

  static final JsonMessage REQUEST = new JsonMessage("request");

  private final String name;
  private final Map<String, Field> fields = new HashMap<>();

  private JsonMessage(String name) {
    this.name = name;
  }

  /// The field of a name; null when it is unknown.
  @Nullable Field field(String fieldName) {
    return fields.get(fieldName);
  }

  /// For messages to people.
  String name() {
    return name;
  }

  private JsonMessage put(String fieldName, Kind kind, int number) {
    fields.put(fieldName, new Field(number, kind, false, false, null));
    return this;
  }

  private JsonMessage choice(String fieldName, Kind kind, int number) {
    fields.put(fieldName, new Field(number, kind, false, true, null));
    return this;
  }

  private JsonMessage choice(String fieldName, JsonMessage child, int number) {
    fields.put(fieldName, new Field(number, Kind.MESSAGE, false, true, child));
    return this;
  }

  private JsonMessage list(String fieldName, JsonMessage child, int number) {
    fields.put(fieldName, new Field(number, Kind.MESSAGE, true, true, child));
    return this;
  }

  private JsonMessage texts(String fieldName, int number) {
    fields.put(fieldName, new Field(number, Kind.TEXT, true, true, null));
    return this;
  }

  static {
    JsonMessage keyValue = new JsonMessage("attribute");
    JsonMessage resourceSpans = new JsonMessage("resourceSpans");
    anyValue(keyValue);
    REQUEST.list("resourceSpans", resourceSpans, OtlpField.REQUEST_RESOURCE_SPANS);
    resourceSpans
        .choice("resource", resource(keyValue), OtlpField.RESOURCE_SPANS_RESOURCE)
        .list("scopeSpans", scopeSpans(keyValue), OtlpField.RESOURCE_SPANS_SCOPE_SPANS)
        .put("schemaUrl", Kind.TEXT, OtlpField.RESOURCE_SPANS_SCHEMA_URL)
        .put("appHostIpAdded", Kind.BOOL, OtlpField.RESOURCE_SPANS_APP_HOST_IP_ADDED);
  }

  private static void anyValue(JsonMessage keyValue) {
    JsonMessage anyValue = new JsonMessage("value");
    keyValue
        .put("key", Kind.TEXT, OtlpField.KEY_VALUE_KEY)
        .choice("value", anyValue, OtlpField.KEY_VALUE_VALUE)
        .put("keyStrindex", Kind.ENUM, OtlpField.KEY_VALUE_KEY_STRINDEX);
    JsonMessage array = new JsonMessage("arrayValue");
    array.list("values", anyValue, OtlpField.ARRAY_VALUE_VALUES);
    JsonMessage list = new JsonMessage("kvlistValue");
    list.list("values", keyValue, OtlpField.KEY_VALUE_LIST_VALUES);
    anyValue
        .choice("stringValue", Kind.TEXT, OtlpField.ANY_VALUE_STRING)
        .choice("boolValue", Kind.BOOL, OtlpField.ANY_VALUE_BOOL)
        .choice("intValue", Kind.INT64, OtlpField.ANY_VALUE_INT)
        .choice("doubleValue", Kind.DOUBLE, OtlpField.ANY_VALUE_DOUBLE)
        .choice("arrayValue", array, OtlpField.ANY_VALUE_ARRAY)
        .choice("kvlistValue", list, OtlpField.ANY_VALUE_KVLIST)
        .choice("bytesValue", Kind.BYTES, OtlpField.ANY_VALUE_BYTES)
        .choice("stringValueStrindex", Kind.ENUM, OtlpField.ANY_VALUE_STRING_STRINDEX);
  }

  private static JsonMessage resource(JsonMessage keyValue) {
    JsonMessage entityRef = new JsonMessage("entityRef");
    entityRef
        .put("schemaUrl", Kind.TEXT, OtlpField.ENTITY_REF_SCHEMA_URL)
        .put("type", Kind.TEXT, OtlpField.ENTITY_REF_TYPE)
        .texts("idKeys", OtlpField.ENTITY_REF_ID_KEYS)
        .texts("descriptionKeys", OtlpField.ENTITY_REF_DESCRIPTION_KEYS);
    return new JsonMessage("resource")
        .list("attributes", keyValue, OtlpField.RESOURCE_ATTRIBUTES)
        .put("droppedAttributesCount", Kind.UINT32, OtlpField.RESOURCE_DROPPED_ATTRIBUTES_COUNT)
        .list("entityRefs", entityRef, OtlpField.RESOURCE_ENTITY_REFS);
  }

  private static JsonMessage scopeSpans(JsonMessage keyValue) {
    JsonMessage scope =
        new JsonMessage("scope")
            .put("name", Kind.TEXT, OtlpField.SCOPE_NAME)
            .put("version", Kind.TEXT, OtlpField.SCOPE_VERSION)
            .list("attributes", keyValue, OtlpField.SCOPE_ATTRIBUTES)
            .put("droppedAttributesCount", Kind.UINT32, OtlpField.SCOPE_DROPPED_ATTRIBUTES_COUNT);
    return new JsonMessage("scopeSpans")
        .choice("scope", scope, OtlpField.SCOPE_SPANS_SCOPE)
        .list("spans", span(keyValue), OtlpField.SCOPE_SPANS_SPANS)
        .put("schemaUrl", Kind.TEXT, OtlpField.SCOPE_SPANS_SCHEMA_URL);
  }

  private static JsonMessage span(JsonMessage keyValue) {
    JsonMessage status =
        new JsonMessage("status")
            .put("message", Kind.TEXT, OtlpField.STATUS_MESSAGE)
            .put("code", Kind.ENUM, OtlpField.STATUS_CODE);
    return new JsonMessage("span")
        .put("traceId", Kind.SPAN_ID, OtlpField.SPAN_TRACE_ID)
        .put("spanId", Kind.SPAN_ID, OtlpField.SPAN_SPAN_ID)
        .put("traceState", Kind.TEXT, OtlpField.SPAN_TRACE_STATE)
        .put("parentSpanId", Kind.SPAN_ID, OtlpField.SPAN_PARENT_SPAN_ID)
        .put("flags", Kind.FIXED32, OtlpField.SPAN_FLAGS)
        .put("name", Kind.TEXT, OtlpField.SPAN_NAME)
        .put("kind", Kind.ENUM, OtlpField.SPAN_KIND)
        .put("startTimeUnixNano", Kind.FIXED64, OtlpField.SPAN_START_TIME_UNIX_NANO)
        .put("endTimeUnixNano", Kind.FIXED64, OtlpField.SPAN_END_TIME_UNIX_NANO)
        .list("attributes", keyValue, OtlpField.SPAN_ATTRIBUTES)
        .put("droppedAttributesCount", Kind.UINT32, OtlpField.SPAN_DROPPED_ATTRIBUTES_COUNT)
        .list("events", event(keyValue), OtlpField.SPAN_EVENTS)
        .put("droppedEventsCount", Kind.UINT32, OtlpField.SPAN_DROPPED_EVENTS_COUNT)
        .list("links", link(keyValue), OtlpField.SPAN_LINKS)
        .put("droppedLinksCount", Kind.UINT32, OtlpField.SPAN_DROPPED_LINKS_COUNT)
        .choice("status", status, OtlpField.SPAN_STATUS);
  }

  private static JsonMessage event(JsonMessage keyValue) {
    return new JsonMessage("event")
        .put("timeUnixNano", Kind.FIXED64, OtlpField.EVENT_TIME_UNIX_NANO)
        .put("name", Kind.TEXT, OtlpField.EVENT_NAME)
        .list("attributes", keyValue, OtlpField.EVENT_ATTRIBUTES)
        .put("droppedAttributesCount", Kind.UINT32, OtlpField.EVENT_DROPPED_ATTRIBUTES_COUNT);
  }

  private static JsonMessage link(JsonMessage keyValue) {
    return new JsonMessage("link")
        .put("traceId", Kind.LINK_ID, OtlpField.LINK_TRACE_ID)
        .put("spanId", Kind.LINK_ID, OtlpField.LINK_SPAN_ID)
        .put("traceState", Kind.TEXT, OtlpField.LINK_TRACE_STATE)
        .list("attributes", keyValue, OtlpField.LINK_ATTRIBUTES)
        .put("droppedAttributesCount", Kind.UINT32, OtlpField.LINK_DROPPED_ATTRIBUTES_COUNT)
        .put("flags", Kind.FIXED32, OtlpField.LINK_FLAGS);
  }
}
