package deepflow.server.querier.otlp;

import deepflow.server.querier.otlp.Message.Field;
import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufCursor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import tools.jackson.core.Base64Variants;
import tools.jackson.core.JsonGenerator;

/// Writes serialized OTLP traces as JSON: names in camel case, bytes in base64, 64-bit integers as
/// texts, no defaults, NaN and infinities as texts. Fields of a message appear in the order of its
/// .proto file; unknown ones don't.
///
/// Ids and enums are written in two ways: as OTLP's own JSON has them, in hexadecimal and as
/// numbers, or as Tempo does with Go's jsonpb, in base64 and by name.
///
/// Source: the protobuf JSON mapping; OTLP's specification, "JSON Protobuf Encoding"; Tempo's
/// `modules/querier/http.go`.
public final class OtlpJsonWriter {

  /// Where the fields of the message at hand begin: their tags, and the position behind each tag.
  private static final class Index {
    int[] tags = new int[16];
    int[] positions = new int[16];
    int size;

    void add(int tag, int position) {
      if (size == tags.length) {
        tags = Arrays.copyOf(tags, size * 2);
        positions = Arrays.copyOf(positions, size * 2);
      }
      tags[size] = tag;
      positions[size++] = position;
    }
  }

  private final JsonGenerator json;
  private final byte[] bytes;
  private final boolean otlp;

  private OtlpJsonWriter(JsonGenerator json, byte[] bytes, boolean otlp) {
    this.json = json;
    this.bytes = bytes;
    this.otlp = otlp;
  }

  /// Writes one message as a JSON object, as Tempo does.
  ///
  /// @throws MalformedProtobufException when the bytes are no such message; a part is written then
  public static void write(JsonGenerator json, Message message, byte[] bytes)
      throws MalformedProtobufException {
    new OtlpJsonWriter(json, bytes, false).object(message, 0, bytes.length);
  }

  /// Writes TracesData as OTLP's own JSON.
  ///
  /// @throws MalformedProtobufException when the bytes are none; a part is written then
  public static void writeOtlp(JsonGenerator json, byte[] tracesData)
      throws MalformedProtobufException {
    new OtlpJsonWriter(json, tracesData, true).object(Message.TRACES_DATA, 0, tracesData.length);
  }

  private void object(Message message, int offset, int length) throws MalformedProtobufException {
    Index index;
    try {
      index = index(new ProtobufCursor(bytes, offset, length));
    } catch (MalformedProtobufException _) {
      malformed(offset, length);
      return;
    }
    json.writeStartObject();
    for (Field field : message.fields()) {
      if (field.repeated()) {
        array(field, index, offset, length);
      } else {
        single(field, index, offset, length);
      }
    }
    json.writeEndObject();
  }

  /// One sender's broken attribute must not hide the rest of a trace.
  private void malformed(int offset, int length) {
    json.writeStartObject();
    json.writeName("malformed");
    base64(offset, length);
    json.writeEndObject();
  }

  private static Index index(ProtobufCursor cursor) throws MalformedProtobufException {
    Index index = new Index();
    while (cursor.hasMore()) {
      int tag = cursor.readTag();
      index.add(tag, cursor.position());
      cursor.skip(tag);
    }
    return index;
  }

  private void array(Field field, Index index, int offset, int length)
      throws MalformedProtobufException {
    boolean begun = false;
    int tag = ProtobufCursor.tag(field.number(), ProtobufCursor.LENGTH_DELIMITED);
    for (int i = 0; i < index.size; i++) {
      if (index.tags[i] == tag) {
        if (!begun) {
          json.writeArrayPropertyStart(field.name());
          begun = true;
        }
        lengthDelimited(field, at(index.positions[i], offset, length));
      }
    }
    if (begun) {
      json.writeEndArray();
    }
  }

  /// Of a field that comes more than once the last one counts.
  private void single(Field field, Index index, int offset, int length)
      throws MalformedProtobufException {
    int tag = ProtobufCursor.tag(field.number(), wireType(field.kind()));
    for (int i = index.size - 1; i >= 0; i--) {
      if (index.tags[i] == tag) {
        single(field, at(index.positions[i], offset, length));
        return;
      }
    }
  }

  private ProtobufCursor at(int position, int offset, int length) {
    return new ProtobufCursor(bytes, position, offset + length - position);
  }

  private static int wireType(Message.Kind kind) {
    return switch (kind) {
      case STRING, BYTES, ID, MESSAGE -> ProtobufCursor.LENGTH_DELIMITED;
      case DOUBLE, FIXED64 -> ProtobufCursor.FIXED64;
      case FIXED32 -> ProtobufCursor.FIXED32;
      case BOOL, INT32, INT64, UINT32, ENUM -> ProtobufCursor.VARINT;
    };
  }

  private void single(Field field, ProtobufCursor cursor) throws MalformedProtobufException {
    switch (field.kind()) {
      case STRING, BYTES, ID -> {
        int length = new ProtobufCursor(bytes, cursor.position(), left(cursor)).readLength();
        if (length > 0 || field.shownWhenDefault()) {
          json.writeName(field.name());
          lengthDelimited(field, cursor);
        }
      }
      case MESSAGE -> {
        json.writeName(field.name());
        lengthDelimited(field, cursor);
      }
      case FIXED64 -> number(field, cursor.readFixed64());
      case DOUBLE -> number(field, cursor.readFixed64());
      case FIXED32 -> number(field, Integer.toUnsignedLong(cursor.readFixed32()));
      case BOOL, INT32, INT64, UINT32, ENUM -> number(field, cursor.readVarint());
    }
  }

  private static int left(ProtobufCursor cursor) {
    return cursor.limit() - cursor.position();
  }

  private void number(Field field, long value) {
    if (value == 0 && !field.shownWhenDefault()) {
      return;
    }
    json.writeName(field.name());
    switch (field.kind()) {
      case FIXED64 -> json.writeString(Long.toUnsignedString(value));
      case INT64 -> json.writeString(Long.toString(value));
      case FIXED32 -> json.writeNumber(value);
      case INT32 -> json.writeNumber((int) value);
      case UINT32 -> json.writeNumber(value & 0xFFFF_FFFFL);
      case BOOL -> json.writeBoolean(value != 0);
      case DOUBLE -> real(Double.longBitsToDouble(value));
      case ENUM -> named(field, (int) value);
      case STRING, BYTES, ID, MESSAGE -> throw new IllegalStateException(field.name());
    }
  }

  private void real(double value) {
    if (Double.isFinite(value)) {
      json.writeNumber(value);
    } else {
      json.writeString(Double.toString(value)); // NaN, Infinity, -Infinity
    }
  }

  private void named(Field field, int value) {
    if (!otlp && value >= 0 && value < field.names().size()) {
      json.writeString(field.names().get(value));
    } else {
      json.writeNumber(value);
    }
  }

  private void base64(int offset, int length) {
    json.writeBinary(Base64Variants.MIME_NO_LINEFEEDS, bytes, offset, length);
  }

  private void lengthDelimited(Field field, ProtobufCursor cursor)
      throws MalformedProtobufException {
    int length = cursor.readLength();
    int start = cursor.position();
    switch (field.kind()) {
      case STRING -> json.writeString(new String(bytes, start, length, StandardCharsets.UTF_8));
      case BYTES -> base64(start, length);
      case ID -> {
        if (otlp) {
          json.writeString(HexFormat.of().formatHex(bytes, start, start + length));
        } else {
          base64(start, length);
        }
      }
      case MESSAGE -> object(field.message(), start, length);
      case BOOL, DOUBLE, INT32, INT64, UINT32, FIXED32, FIXED64, ENUM ->
          throw new IllegalStateException(field.name());
    }
  }
}
