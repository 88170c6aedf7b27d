package deepflow.server.querier.sql;

import deepflow.server.querier.JsonOutput;
import deepflow.server.querier.LimitedOutput;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufCursor;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.core.JsonGenerator;

/// A span's events as DeepFlow's column `events` has them: a JSON array in which names are those of
/// the Go structs, `[{"time_unix_nano":1,"name":"n","attributes":[{"key":"k","value":{"Value":
/// {"StringValue":"v"}}}]}]`; `null` when there are none. Arrays and maps appear as their bytes.
/// Events that are no protobuf are `{"malformed":"<base64>"}`, those of more than 4 MiB of JSON
/// `{"too_large":"5242880 bytes of events"}`.
///
/// Source: DeepFlow `server/ingester/flow_log/log_data/otel_import.go` at 2026e9d.
final class EventsJson {

  // Tags, wire type and all: a field of another wire type is one that nobody knows.
  private static final int EVENTS = 11 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int EVENT_TIME = 1 << 3 | ProtobufCursor.FIXED64;
  private static final int EVENT_NAME = 2 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int EVENT_ATTRIBUTE = 3 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int EVENT_DROPPED = 4 << 3 | ProtobufCursor.VARINT;
  private static final int KEY = 1 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int VALUE = 2 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int STRING = 1 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int BOOL = 2 << 3 | ProtobufCursor.VARINT;
  private static final int INT = 3 << 3 | ProtobufCursor.VARINT;
  private static final int DOUBLE = 4 << 3 | ProtobufCursor.FIXED64;
  private static final int ARRAY = 5 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int KEY_VALUE_LIST = 6 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int BYTES = 7 << 3 | ProtobufCursor.LENGTH_DELIMITED;
  private static final int BYTES_MAX = 4 << 20;

  private final ProtobufCursor cursor;
  private final JsonGenerator json;

  private EventsJson(ProtobufCursor cursor, JsonGenerator json) {
    this.cursor = cursor;
    this.json = json;
  }

  /// Reads the span's serialized fields 11, one after the other.
  static String of(byte[] fields) {
    if (fields.length == 0) {
      return "null";
    }
    // One sender's broken or huge event must not make the other rows unreadable.
    try {
      return json(fields);
    } catch (MalformedProtobufException _) {
      return fields.length > BYTES_MAX / 4 * 3 ? tooLarge(fields) : malformed(fields);
    } catch (LimitedOutput.TooLargeException _) {
      return tooLarge(fields);
    }
  }

  private static String json(byte[] fields) throws MalformedProtobufException {
    LimitedOutput output = new LimitedOutput(BYTES_MAX);
    try (JsonGenerator json = JsonOutput.generator(output)) {
      ProtobufCursor cursor = new ProtobufCursor(fields, 0, fields.length);
      json.writeStartArray();
      new EventsJson(cursor, json).events();
      json.writeEndArray();
    }
    return output.toString(StandardCharsets.UTF_8);
  }

  private static String malformed(byte[] fields) {
    return "{\"malformed\":\"" + Base64.getEncoder().encodeToString(fields) + "\"}";
  }

  private static String tooLarge(byte[] fields) {
    return "{\"too_large\":\"%s bytes of events\"}".formatted(fields.length);
  }

  private void events() throws MalformedProtobufException {
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (tag == EVENTS) {
        int outer = cursor.enter(cursor.readLength());
        event();
        cursor.leave(outer);
      } else {
        cursor.skip(tag);
      }
    }
  }

  private void event() throws MalformedProtobufException {
    json.writeStartObject();
    boolean inAttributes = false;
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      if (inAttributes && tag != EVENT_ATTRIBUTE) {
        json.writeEndArray();
        inAttributes = false;
      }
      switch (tag) {
        case EVENT_TIME -> {
          json.writeName("time_unix_nano");
          json.writeRawValue(Long.toUnsignedString(cursor.readFixed64()));
        }
        case EVENT_NAME -> json.writeStringProperty("name", text());
        case EVENT_ATTRIBUTE -> {
          if (!inAttributes) {
            json.writeArrayPropertyStart("attributes");
            inAttributes = true;
          }
          int outer = cursor.enter(cursor.readLength());
          attribute();
          cursor.leave(outer);
        }
        case EVENT_DROPPED ->
            json.writeNumberProperty("dropped_attributes_count", cursor.readVarint());
        default -> cursor.skip(tag);
      }
    }
    if (inAttributes) {
      json.writeEndArray();
    }
    json.writeEndObject();
  }

  private void attribute() throws MalformedProtobufException {
    json.writeStartObject();
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      switch (tag) {
        case KEY -> json.writeStringProperty("key", text());
        case VALUE -> {
          int outer = cursor.enter(cursor.readLength());
          json.writeObjectPropertyStart("value");
          json.writeObjectPropertyStart("Value");
          value();
          json.writeEndObject();
          json.writeEndObject();
          cursor.leave(outer);
        }
        default -> cursor.skip(tag);
      }
    }
    json.writeEndObject();
  }

  private void value() throws MalformedProtobufException {
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      switch (tag) {
        case STRING -> json.writeStringProperty("StringValue", text());
        case BOOL -> json.writeBooleanProperty("BoolValue", cursor.readVarint() != 0);
        case INT -> json.writeNumberProperty("IntValue", cursor.readVarint());
        case DOUBLE -> number(Double.longBitsToDouble(cursor.readFixed64()));
        case ARRAY -> json.writeStringProperty("ArrayValue", base64());
        case KEY_VALUE_LIST -> json.writeStringProperty("KvlistValue", base64());
        case BYTES -> json.writeStringProperty("BytesValue", base64());
        default -> cursor.skip(tag);
      }
    }
  }

  private void number(double number) {
    if (Double.isFinite(number)) {
      json.writeNumberProperty("DoubleValue", number);
    } else {
      json.writeStringProperty("DoubleValue", Double.toString(number));
    }
  }

  private String text() throws MalformedProtobufException {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  private String base64() throws MalformedProtobufException {
    return Base64.getEncoder().encodeToString(bytes());
  }

  private byte[] bytes() throws MalformedProtobufException {
    int length = cursor.readLength();
    int start = cursor.position();
    cursor.advance(length);
    byte[] bytes = new byte[length];
    System.arraycopy(cursor.bytes(), start, bytes, 0, length);
    return bytes;
  }
}
