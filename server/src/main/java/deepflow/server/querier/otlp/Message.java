package deepflow.server.querier.otlp;

import deepflow.wire.otlp.OtlpField;
import java.util.List;
import java.util.function.Supplier;

/// The messages of OTLP traces as their JSON shows them: a field's number, its name, what it holds.
/// Fields stand in the order of the .proto files.
///
/// Source: opentelemetry-proto 1.11.0, `trace/v1/trace.proto` and what it imports.
public final class Message {
  public static final Message TRACES_DATA =
      new Message(Field.messages(1, "resourceSpans", () -> Message.RESOURCE_SPANS));

  /// The same with Tempo's old name for the list.
  public static final Message TRACE_BATCHES =
      new Message(Field.messages(1, "batches", () -> Message.RESOURCE_SPANS));

  static final Message RESOURCE_SPANS =
      new Message(
          Field.message(1, "resource", () -> Message.RESOURCE),
          Field.messages(2, "scopeSpans", () -> Message.SCOPE_SPANS),
          Field.of(3, "schemaUrl", Kind.STRING),
          // ours, in exports
          Field.of(OtlpField.RESOURCE_SPANS_APP_HOST_IP_ADDED, "appHostIpAdded", Kind.BOOL));

  static final Message RESOURCE =
      new Message(
          Field.messages(1, "attributes", () -> Message.KEY_VALUE),
          Field.of(2, "droppedAttributesCount", Kind.UINT32),
          Field.messages(3, "entityRefs", () -> Message.ENTITY_REF));

  static final Message ENTITY_REF =
      new Message(
          Field.of(1, "schemaUrl", Kind.STRING),
          Field.of(2, "type", Kind.STRING),
          Field.strings(3, "idKeys"),
          Field.strings(4, "descriptionKeys"));

  static final Message SCOPE_SPANS =
      new Message(
          Field.message(1, "scope", () -> Message.SCOPE),
          Field.messages(2, "spans", () -> Message.SPAN),
          Field.of(3, "schemaUrl", Kind.STRING));

  static final Message SCOPE =
      new Message(
          Field.of(1, "name", Kind.STRING),
          Field.of(2, "version", Kind.STRING),
          Field.messages(3, "attributes", () -> Message.KEY_VALUE),
          Field.of(4, "droppedAttributesCount", Kind.UINT32));

  static final Message SPAN =
      new Message(
          Field.of(1, "traceId", Kind.ID),
          Field.of(2, "spanId", Kind.ID),
          Field.of(3, "traceState", Kind.STRING),
          Field.of(4, "parentSpanId", Kind.ID),
          Field.of(16, "flags", Kind.FIXED32),
          Field.of(5, "name", Kind.STRING),
          Field.ofEnum(
              6,
              "kind",
              "SPAN_KIND_UNSPECIFIED",
              "SPAN_KIND_INTERNAL",
              "SPAN_KIND_SERVER",
              "SPAN_KIND_CLIENT",
              "SPAN_KIND_PRODUCER",
              "SPAN_KIND_CONSUMER"),
          Field.of(7, "startTimeUnixNano", Kind.FIXED64),
          Field.of(8, "endTimeUnixNano", Kind.FIXED64),
          Field.messages(9, "attributes", () -> Message.KEY_VALUE),
          Field.of(10, "droppedAttributesCount", Kind.UINT32),
          Field.messages(11, "events", () -> Message.EVENT),
          Field.of(12, "droppedEventsCount", Kind.UINT32),
          Field.messages(13, "links", () -> Message.LINK),
          Field.of(14, "droppedLinksCount", Kind.UINT32),
          Field.message(15, "status", () -> Message.STATUS));

  static final Message EVENT =
      new Message(
          Field.of(1, "timeUnixNano", Kind.FIXED64),
          Field.of(2, "name", Kind.STRING),
          Field.messages(3, "attributes", () -> Message.KEY_VALUE),
          Field.of(4, "droppedAttributesCount", Kind.UINT32));

  static final Message LINK =
      new Message(
          Field.of(1, "traceId", Kind.ID),
          Field.of(2, "spanId", Kind.ID),
          Field.of(3, "traceState", Kind.STRING),
          Field.messages(4, "attributes", () -> Message.KEY_VALUE),
          Field.of(5, "droppedAttributesCount", Kind.UINT32),
          Field.of(6, "flags", Kind.FIXED32));

  static final Message STATUS =
      new Message(
          Field.of(2, "message", Kind.STRING),
          Field.ofEnum(3, "code", "STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"));

  static final Message KEY_VALUE =
      new Message(
          Field.of(1, "key", Kind.STRING),
          Field.message(2, "value", () -> Message.ANY_VALUE),
          Field.of(3, "keyStrindex", Kind.INT32));

  static final Message ANY_VALUE =
      choice(
          Field.oneOf(1, "stringValue", Kind.STRING),
          Field.oneOf(2, "boolValue", Kind.BOOL),
          Field.oneOf(3, "intValue", Kind.INT64),
          Field.oneOf(4, "doubleValue", Kind.DOUBLE),
          Field.message(5, "arrayValue", () -> Message.ARRAY_VALUE),
          Field.message(6, "kvlistValue", () -> Message.KEY_VALUE_LIST),
          Field.oneOf(7, "bytesValue", Kind.BYTES),
          Field.oneOf(8, "stringValueStrindex", Kind.INT32));

  static final Message ARRAY_VALUE =
      new Message(Field.messages(1, "values", () -> Message.ANY_VALUE));

  static final Message KEY_VALUE_LIST =
      new Message(Field.messages(1, "values", () -> Message.KEY_VALUE));

  private final List<Field> fields;
  private final boolean isChoice;

  private Message(Field... fields) {
    this(List.of(fields), false);
  }

  private Message(List<Field> fields, boolean isChoice) {
    this.fields = fields;
    this.isChoice = isChoice;
  }

  private static Message choice(Field... fields) {
    return new Message(List.of(fields), true);
  }

  List<Field> fields() {
    return fields;
  }

  /// Whether all of its fields are one oneof's: only the last that comes counts.
  boolean isChoice() {
    return isChoice;
  }

  enum Kind {
    STRING,
    /// Base64 in JSON.
    BYTES,
    /// Bytes too; hexadecimal in OTLP's JSON.
    ID,
    BOOL,
    DOUBLE,
    /// A decimal text in JSON.
    INT64,
    INT32,
    UINT32,
    FIXED32,
    /// A decimal text in JSON, unsigned.
    FIXED64,
    /// Its name in JSON; its number when it has none, and in OTLP's JSON.
    ENUM,
    MESSAGE
  }

  /// One field.
  ///
  /// @param shownWhenDefault whether it appears in JSON although its value is the default: members
  ///   of a oneof do
  /// @param inner the message that it holds; of other kinds there is none
  record Field(
      int number,
      String name,
      Kind kind,
      boolean repeated,
      boolean shownWhenDefault,
      List<String> names,
      Supplier<Message> inner) {

    private static Message none() {
      throw new IllegalStateException("not a message");
    }

    Message message() {
      return inner.get();
    }

    static Field of(int number, String name, Kind kind) {
      return new Field(number, name, kind, false, false, List.of(), Field::none);
    }

    static Field oneOf(int number, String name, Kind kind) {
      return new Field(number, name, kind, false, true, List.of(), Field::none);
    }

    static Field strings(int number, String name) {
      return new Field(number, name, Kind.STRING, true, true, List.of(), Field::none);
    }

    static Field ofEnum(int number, String name, String... names) {
      return new Field(number, name, Kind.ENUM, false, false, List.of(names), Field::none);
    }

    static Field message(int number, String name, Supplier<Message> inner) {
      return new Field(number, name, Kind.MESSAGE, false, true, List.of(), inner);
    }

    static Field messages(int number, String name, Supplier<Message> inner) {
      return new Field(number, name, Kind.MESSAGE, true, true, List.of(), inner);
    }
  }
}
