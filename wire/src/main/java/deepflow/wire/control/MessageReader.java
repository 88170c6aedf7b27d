package deepflow.wire.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.wire.otlp.MalformedProtobufException;
import deepflow.wire.otlp.ProtobufCursor;
import java.util.Arrays;

/// Reads the fields of one message: calls back for each, which reads it or leaves it.
final class MessageReader {
  /// Messages inside messages, at most.
  private static final int DEPTH_MAX = 16;

  private final ProtobufCursor cursor;
  private int depth;

  private MessageReader(ProtobufCursor cursor) {
    this.cursor = cursor;
  }

  /// Takes the field whose tag was read; what it doesn't know it gives to [#skip].
  interface Field {
    void read(int tag) throws MalformedProtobufException;
  }

  static MessageReader of(byte[] message) {
    return new MessageReader(new ProtobufCursor(message, 0, message.length));
  }

  void fields(Field field) throws MalformedProtobufException {
    while (cursor.hasMore()) {
      field.read(cursor.readTag());
    }
  }

  /// Reads the fields of a message inside this one.
  void message(Field field) throws MalformedProtobufException {
    if (depth == DEPTH_MAX) {
      throw cursor.malformed("messages are nested deeper than " + DEPTH_MAX, cursor.position());
    }
    int outer = cursor.enter(cursor.readLength());
    depth++;
    fields(field);
    depth--;
    cursor.leave(outer);
  }

  byte[] bytes() throws MalformedProtobufException {
    int length = cursor.readLength();
    int from = cursor.position();
    cursor.advance(length);
    return Arrays.copyOfRange(cursor.bytes(), from, from + length);
  }

  String text() throws MalformedProtobufException {
    return new String(bytes(), UTF_8);
  }

  long varint() throws MalformedProtobufException {
    return cursor.readVarint();
  }

  long fixed64() throws MalformedProtobufException {
    return cursor.readFixed64();
  }

  void skip(int tag) throws MalformedProtobufException {
    cursor.skip(tag);
  }

  /// The tag of a field with a length: a text, bytes, a message.
  static int delimited(int field) {
    return ProtobufCursor.tag(field, ProtobufCursor.LENGTH_DELIMITED);
  }

  static int number(int field) {
    return ProtobufCursor.tag(field, ProtobufCursor.VARINT);
  }

  static int fixed(int field) {
    return ProtobufCursor.tag(field, ProtobufCursor.FIXED64);
  }
}
