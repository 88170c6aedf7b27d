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

  /// Where the fields of the message at hand begin: their tags, and the position behind each tag. A
  /// message that comes more than once is one, with the fields of all.
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

    /// Of a oneof's members the last one counts, with what came of it since another one did.
    Index lastOf(Message message) {
      Index last = new Index();
      for (int i = 0; i < size; i++) {
        if (isKnown(message, tags[i])) {
          last.size = last.size > 0 && last.tags[0] == tags[i] ? last.size : 0;
          last.add(tags[i], positions[i]);
        }
      }
      return last;
    }

    private static boolean isKnown(Message message, int tag) {
      return message.fields().stream().anyMatch(field -> tag(field) == tag);
    }
  }

  /// Messages in messages, at most: more than the deepest value takes that is let in, and less than
  /// the generator writes. A resource is kept as it came, however deep.
  private static final int DEPTH_MAX = 256;

  private final JsonGenerator json;
  private final byte[] bytes;
  private final boolean otlp;
  private int depth;

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
    Index index = new Index();
    if (index(index, offset, length)) {
      object(message, index);
    } else {
      malformed(offset, length);
    }
  }

  private void object(Message message, Index index) throws MalformedProtobufException {
    Index counted = message.isChoice() ? index.lastOf(message) : index;
    json.writeStartObject();
    depth++;
    for (Field field : message.fields()) {
      if (field.repeated()) {
        array(field, counted);
      } else if (field.kind() == Message.Kind.MESSAGE) {
        merged(field, counted);
      } else {
        single(field, counted);
      }
    }
    depth--;
    json.writeEndObject();
  }

  /// One sender's broken attribute must not hide the rest of a trace.
  private void malformed(int offset, int length) {
    json.writeStartObject();
    json.writeName("malformed");
    base64(offset, length);
    json.writeEndObject();
  }

  /// Adds the fields of a message; returns whether it is one, and not too deep inside others.
  private boolean index(Index index, int offset, int length) {
    if (depth == DEPTH_MAX) {
      return false;
    }
    ProtobufCursor cursor = new ProtobufCursor(bytes, offset, length);
    try {
      while (cursor.hasMore()) {
        int tag = cursor.readTag();
        index.add(tag, cursor.position());
        cursor.skip(tag);
      }
      return true;
    } catch (MalformedProtobufException _) {
      return false;
    }
  }

  private void array(Field field, Index index) throws MalformedProtobufException {
    boolean begun = false;
    int tag = tag(field);
    for (int i = 0; i < index.size; i++) {
      if (index.tags[i] == tag) {
        if (!begun) {
          json.writeArrayPropertyStart(field.name());
          begun = true;
        }
        lengthDelimited(field, at(index.positions[i]));
      }
    }
    if (begun) {
      json.writeEndArray();
    }
  }

  /// Of messages that come more than once the fields are put together.
  private void merged(Field field, Index index) throws MalformedProtobufException {
    Index inner = new Index();
    boolean begun = false;
    int tag = tag(field);
    for (int i = 0; i < index.size; i++) {
      if (index.tags[i] != tag) {
        continue;
      }
      if (!begun) {
        json.writeName(field.name());
        begun = true;
      }
      ProtobufCursor cursor = at(index.positions[i]);
      int length = cursor.readLength();
      if (!index(inner, cursor.position(), length)) {
        malformed(cursor.position(), length);
        return;
      }
    }
    if (begun) {
      object(field.message(), inner);
    }
  }

  /// Of a field that comes more than once the last one counts.
  private void single(Field field, Index index) throws MalformedProtobufException {
    int tag = tag(field);
    for (int i = index.size - 1; i >= 0; i--) {
      if (index.tags[i] == tag) {
        single(field, at(index.positions[i]));
        return;
      }
    }
  }

  private ProtobufCursor at(int position) {
    return new ProtobufCursor(bytes, position, bytes.length - position);
  }

  private static int tag(Field field) {
    return ProtobufCursor.tag(field.number(), wireType(field.kind()));
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
      case FIXED64 -> number(field, cursor.readFixed64());
      case DOUBLE -> number(field, cursor.readFixed64());
      case FIXED32 -> number(field, Integer.toUnsignedLong(cursor.readFixed32()));
      case BOOL, INT32, INT64, UINT32, ENUM -> number(field, cursor.readVarint());
      case MESSAGE -> throw new IllegalStateException(field.name());
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
