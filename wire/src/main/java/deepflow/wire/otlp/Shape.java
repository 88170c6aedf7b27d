package deepflow.wire.otlp;

import static deepflow.wire.otlp.ProtobufCursor.FIXED32;
import static deepflow.wire.otlp.ProtobufCursor.FIXED64;
import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.VARINT;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A message of OTLP as far as a check needs it: which wire type each field has, and which message
/// is inside it. Fields that are not here are unknown, and unknown fields pass.
final class Shape {
  static final Shape ENTITY_REF = new Shape("EntityRef");
  static final Shape ANY_VALUE = new Shape("AnyValue");
  static final Shape KEY_VALUE = new Shape("KeyValue");
  static final Shape ARRAY_VALUE = new Shape("ArrayValue");
  static final Shape KEY_VALUE_LIST = new Shape("KeyValueList");
  static final Shape RESOURCE = new Shape("Resource");
  static final Shape SCOPE = new Shape("InstrumentationScope");
  static final Shape EVENT = new Shape("Span.Event");
  static final Shape LINK = new Shape("Span.Link");
  static final Shape STATUS = new Shape("Status");
  static final Shape SPAN = new Shape("Span");
  static final Shape SCOPE_SPANS = new Shape("ScopeSpans");
  static final Shape RESOURCE_SPANS = new Shape("ResourceSpans");
  static final Shape REQUEST = new Shape("ExportTraceServiceRequest");

  static {
    values();
    resources();
    span();
    partsOfSpan();
  }

  private static final int FIELD_MAX = OtlpField.SPAN_FLAGS;

  private final String name;
  private int[] tags = new int[FIELD_MAX + 1];
  private int stringIndexTag;
  private @Nullable Shape[] children = new @Nullable Shape[FIELD_MAX + 1];

  private Shape(String name) {
    this.name = name;
  }

  /// Whether a tag belongs to a field of this message.
  ///
  /// @return false for an unknown field
  /// @throws MalformedProtobufException when the field is known and has another wire type
  boolean knows(int tag, ProtobufCursor cursor) throws MalformedProtobufException {
    int field = ProtobufCursor.field(tag);
    if (field >= tags.length || tags[field] == 0) {
      return false;
    }
    if (tags[field] != tag) {
      throw cursor.malformed(
          "field " + field + " of " + name + " has wire type " + ProtobufCursor.wireType(tag),
          cursor.position());
    }
    return true;
  }

  /// Whether a tag belongs to an index into the string table of profiles, which traces don't have.
  boolean isStringIndex(int tag) {
    return tag == stringIndexTag;
  }

  /// The message inside a known field; null for a scalar, a string or bytes.
  @Nullable Shape child(int field) {
    return children[field];
  }

  private Shape field(int field, int wireType) {
    tags[field] = ProtobufCursor.tag(field, wireType);
    return this;
  }

  private Shape text(int... fields) {
    Arrays.stream(fields).forEach(field -> field(field, LENGTH_DELIMITED));
    return this;
  }

  private Shape varints(int... fields) {
    Arrays.stream(fields).forEach(field -> field(field, VARINT));
    return this;
  }

  private Shape stringIndex(int field) {
    stringIndexTag = ProtobufCursor.tag(field, VARINT);
    return varints(field);
  }

  private Shape message(int field, Shape child) {
    children[field] = child;
    return field(field, LENGTH_DELIMITED);
  }

  private static void values() {
    KEY_VALUE.text(OtlpField.KEY_VALUE_KEY).stringIndex(OtlpField.KEY_VALUE_KEY_STRINDEX);
    KEY_VALUE.message(OtlpField.KEY_VALUE_VALUE, ANY_VALUE);
    ANY_VALUE
        .text(OtlpField.ANY_VALUE_STRING, OtlpField.ANY_VALUE_BYTES)
        .varints(OtlpField.ANY_VALUE_BOOL, OtlpField.ANY_VALUE_INT)
        .stringIndex(OtlpField.ANY_VALUE_STRING_STRINDEX)
        .field(OtlpField.ANY_VALUE_DOUBLE, FIXED64)
        .message(OtlpField.ANY_VALUE_ARRAY, ARRAY_VALUE)
        .message(OtlpField.ANY_VALUE_KVLIST, KEY_VALUE_LIST);
    ARRAY_VALUE.message(OtlpField.ARRAY_VALUE_VALUES, ANY_VALUE);
    KEY_VALUE_LIST.message(OtlpField.KEY_VALUE_LIST_VALUES, KEY_VALUE);
  }

  private static void resources() {
    REQUEST.message(OtlpField.REQUEST_RESOURCE_SPANS, RESOURCE_SPANS);
    RESOURCE_SPANS
        .message(OtlpField.RESOURCE_SPANS_RESOURCE, RESOURCE)
        .message(OtlpField.RESOURCE_SPANS_SCOPE_SPANS, SCOPE_SPANS)
        .text(OtlpField.RESOURCE_SPANS_SCHEMA_URL);
    SCOPE_SPANS
        .message(OtlpField.SCOPE_SPANS_SCOPE, SCOPE)
        .message(OtlpField.SCOPE_SPANS_SPANS, SPAN)
        .text(OtlpField.SCOPE_SPANS_SCHEMA_URL);
    RESOURCE
        .message(OtlpField.RESOURCE_ATTRIBUTES, KEY_VALUE)
        .varints(OtlpField.RESOURCE_DROPPED_ATTRIBUTES_COUNT)
        .message(OtlpField.RESOURCE_ENTITY_REFS, ENTITY_REF);
    ENTITY_REF
        .text(OtlpField.ENTITY_REF_SCHEMA_URL, OtlpField.ENTITY_REF_TYPE)
        .text(OtlpField.ENTITY_REF_ID_KEYS, OtlpField.ENTITY_REF_DESCRIPTION_KEYS);
    SCOPE
        .text(OtlpField.SCOPE_NAME, OtlpField.SCOPE_VERSION)
        .message(OtlpField.SCOPE_ATTRIBUTES, KEY_VALUE)
        .varints(OtlpField.SCOPE_DROPPED_ATTRIBUTES_COUNT);
  }

  private static void span() {
    SPAN.text(OtlpField.SPAN_TRACE_ID, OtlpField.SPAN_SPAN_ID, OtlpField.SPAN_PARENT_SPAN_ID)
        .text(OtlpField.SPAN_TRACE_STATE, OtlpField.SPAN_NAME)
        .varints(OtlpField.SPAN_KIND, OtlpField.SPAN_DROPPED_ATTRIBUTES_COUNT)
        .varints(OtlpField.SPAN_DROPPED_EVENTS_COUNT, OtlpField.SPAN_DROPPED_LINKS_COUNT)
        .field(OtlpField.SPAN_START_TIME_UNIX_NANO, FIXED64)
        .field(OtlpField.SPAN_END_TIME_UNIX_NANO, FIXED64)
        .field(OtlpField.SPAN_FLAGS, FIXED32)
        .message(OtlpField.SPAN_ATTRIBUTES, KEY_VALUE)
        .message(OtlpField.SPAN_EVENTS, EVENT)
        .message(OtlpField.SPAN_LINKS, LINK)
        .message(OtlpField.SPAN_STATUS, STATUS);
  }

  private static void partsOfSpan() {
    EVENT
        .field(OtlpField.EVENT_TIME_UNIX_NANO, FIXED64)
        .text(OtlpField.EVENT_NAME)
        .message(OtlpField.EVENT_ATTRIBUTES, KEY_VALUE)
        .varints(OtlpField.EVENT_DROPPED_ATTRIBUTES_COUNT);
    LINK.text(OtlpField.LINK_TRACE_ID, OtlpField.LINK_SPAN_ID, OtlpField.LINK_TRACE_STATE)
        .message(OtlpField.LINK_ATTRIBUTES, KEY_VALUE)
        .varints(OtlpField.LINK_DROPPED_ATTRIBUTES_COUNT)
        .field(OtlpField.LINK_FLAGS, FIXED32);
    STATUS.text(OtlpField.STATUS_MESSAGE).varints(OtlpField.STATUS_CODE);
  }
}
