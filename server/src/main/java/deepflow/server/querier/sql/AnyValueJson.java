package deepflow.server.querier.sql;

import deepflow.server.querier.JsonOutput;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.OtlpField;
import deepflow.wire.otlp.ProtobufCursor;
import deepflow.wire.otlp.RequestCheck;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.JsonGenerator;

/// A serialized AnyValue as JSON: lists and maps as such, bytes in base64, NaN and infinities as
/// texts, an empty value as `null`.
///
/// Source: OpenTelemetry's specification, "AnyValue representation for non-OTLP protocols".
final class AnyValueJson {

  private static final int STRING = text(OtlpField.ANY_VALUE_STRING);
  private static final int BOOL =
      ProtobufCursor.tag(OtlpField.ANY_VALUE_BOOL, ProtobufCursor.VARINT);
  private static final int INT = ProtobufCursor.tag(OtlpField.ANY_VALUE_INT, ProtobufCursor.VARINT);
  private static final int DOUBLE =
      ProtobufCursor.tag(OtlpField.ANY_VALUE_DOUBLE, ProtobufCursor.FIXED64);
  private static final int ARRAY = text(OtlpField.ANY_VALUE_ARRAY);
  private static final int MAP = text(OtlpField.ANY_VALUE_KVLIST);
  private static final int BYTES = text(OtlpField.ANY_VALUE_BYTES);
  private static final int ELEMENT = text(OtlpField.ARRAY_VALUE_VALUES);
  private static final int ENTRY = text(OtlpField.KEY_VALUE_LIST_VALUES);
  private static final int KEY = text(OtlpField.KEY_VALUE_KEY);
  private static final int VALUE = text(OtlpField.KEY_VALUE_VALUE);

  /// Values in values, at most: as many as are let in, and fewer than the generator writes. A
  /// resource is kept as it came, however deep.
  private static final int DEPTH_MAX = RequestCheck.VALUE_DEPTH_MAX;

  private final JsonGenerator json;
  private final byte[] bytes;
  private int depth;

  private AnyValueJson(JsonGenerator json, byte[] bytes) {
    this.json = json;
    this.bytes = bytes;
  }

  private static int text(int field) {
    return ProtobufCursor.tag(field, ProtobufCursor.LENGTH_DELIMITED);
  }

  static String of(byte[] value) throws MalformedProtobufException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonOutput.generator(out)) {
      new AnyValueJson(json, value).value(0, value.length);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /// Of several values the last one counts, as in all of protobuf.
  private void value(int offset, int length) throws MalformedProtobufException {
    ProtobufCursor cursor = new ProtobufCursor(bytes, offset, length);
    int last = 0;
    int position = offset;
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      boolean known = tag >= STRING && tag <= BYTES;
      last = known ? tag : last;
      position = known ? cursor.position() : position;
      cursor.skip(tag);
    }
    if (++depth > DEPTH_MAX) {
      throw cursor.malformed("values are nested deeper than " + DEPTH_MAX, offset);
    }
    value(last, new ProtobufCursor(bytes, position, offset + length - position));
    depth--;
  }

  private void value(int tag, ProtobufCursor at) throws MalformedProtobufException {
    if (tag == STRING) {
      json.writeString(string(at));
    } else if (tag == BOOL) {
      json.writeBoolean(at.readVarint() != 0);
    } else if (tag == INT) {
      json.writeNumber(at.readVarint());
    } else if (tag == DOUBLE) {
      number(Double.longBitsToDouble(at.readFixed64()));
    } else if (tag == ARRAY) {
      list(at);
    } else if (tag == MAP) {
      map(at);
    } else if (tag == BYTES) {
      json.writeBinary(raw(at));
    } else {
      json.writeNull();
    }
  }

  private void number(double number) {
    if (Double.isFinite(number)) {
      json.writeNumber(number);
    } else {
      json.writeString(Double.toString(number));
    }
  }

  private void list(ProtobufCursor at) throws MalformedProtobufException {
    at.enter(at.readLength());
    json.writeStartArray();
    while (at.hasMore()) {
      int tag = at.readTag();
      if (tag == ELEMENT) {
        int length = at.readLength();
        value(at.position(), length);
        at.advance(length);
      } else {
        at.skip(tag);
      }
    }
    json.writeEndArray();
  }

  private void map(ProtobufCursor at) throws MalformedProtobufException {
    at.enter(at.readLength());
    json.writeStartObject();
    while (at.hasMore()) {
      int tag = at.readTag();
      if (tag == ENTRY) {
        int outer = at.enter(at.readLength());
        entry(at);
        at.leave(outer);
      } else {
        at.skip(tag);
      }
    }
    json.writeEndObject();
  }

  private void entry(ProtobufCursor at) throws MalformedProtobufException {
    String key = "";
    int value = 0;
    int length = 0;
    while (at.hasMore()) {
      int tag = at.readTag();
      if (tag == KEY) {
        key = string(at);
      } else if (tag == VALUE) {
        length = at.readLength();
        value = at.position();
        at.advance(length);
      } else {
        at.skip(tag);
      }
    }
    json.writeName(key);
    value(value, length);
  }

  private static String string(ProtobufCursor at) throws MalformedProtobufException {
    return new String(raw(at), StandardCharsets.UTF_8);
  }

  private static byte[] raw(ProtobufCursor at) throws MalformedProtobufException {
    int length = at.readLength();
    int start = at.position();
    at.advance(length);
    return Arrays.copyOfRange(at.bytes(), start, start + length);
  }
}
