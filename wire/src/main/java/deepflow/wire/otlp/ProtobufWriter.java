package deepflow.wire.otlp;

import static deepflow.wire.otlp.ProtobufCursor.FIXED32;
import static deepflow.wire.otlp.ProtobufCursor.FIXED64;
import static deepflow.wire.otlp.ProtobufCursor.LENGTH_DELIMITED;
import static deepflow.wire.otlp.ProtobufCursor.VARINT;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes serialized protobuf into an array that grows.
///
/// ```java
/// int start = writer.begin(CHILD);
/// writer.text(NAME, "n");
/// writer.end(start);
/// ```
public final class ProtobufWriter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int VARINT_BYTES_MAX = 10;

  private byte[] bytes;
  private int length;

  /// @param capacity bytes that are expected; more are no error
  public ProtobufWriter(int capacity) {
    bytes = new byte[Math.max(capacity, 16)];
  }

  /// What was written so far, in an array of its own.
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /// What was written so far, not copied; nothing may be written afterwards.
  ByteBuffer written() {
    return ByteBuffer.wrap(bytes, 0, length);
  }

  /// Where the bytes are that were written; another array when more are.
  byte[] array() {
    return bytes;
  }

  int length() {
    return length;
  }

  /// Takes back what was written behind a position.
  void cut(int end) {
    length = end;
  }

  /// Writes bytes as they are, of what [#begin] began.
  void raw(byte[] from, int offset, int count) {
    room(count);
    System.arraycopy(from, offset, bytes, length, count);
    length += count;
  }

  /// Writes one byte as it is, of what [#begin] began.
  void raw(int value) {
    room(1);
    bytes[length++] = (byte) value;
  }

  /// Begins a message in a field; what is written until [#end] is inside it.
  ///
  /// @return what [#end] must be given
  public int begin(int field) {
    tag(field, LENGTH_DELIMITED);
    room(1);
    return ++length; // most messages have a length of one byte, so that is left free
  }

  /// Ends a message.
  public void end(int start) {
    int payload = length - start;
    int more = Varint.size(payload) - 1;
    if (more > 0) {
      room(more);
      System.arraycopy(bytes, start, bytes, start + more, payload);
      length += more;
    }
    Varint.write(payload, bytes, start - 1);
  }

  /// Writes an integer, boolean or enum.
  public void varint(int field, long value) {
    tag(field, VARINT);
    rawVarint(value);
  }

  /// Writes a fixed64, or the bits of a double.
  public void fixed64(int field, long value) {
    tag(field, FIXED64);
    room(Long.BYTES);
    LONG.set(bytes, length, value);
    length += Long.BYTES;
  }

  /// Writes a fixed32, or the bits of a float.
  public void fixed32(int field, int value) {
    tag(field, FIXED32);
    room(Integer.BYTES);
    INT.set(bytes, length, value);
    length += Integer.BYTES;
  }

  /// Writes a string.
  public void text(int field, String value) {
    bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /// Writes bytes.
  public void bytes(int field, byte[] value) {
    tag(field, LENGTH_DELIMITED);
    rawVarint(value.length);
    raw(value, 0, value.length);
  }

  private void tag(int field, int wireType) {
    rawVarint(ProtobufCursor.tag(field, wireType));
  }

  private void rawVarint(long value) {
    room(VARINT_BYTES_MAX);
    length = Varint.write(value, bytes, length);
  }

  private void room(int count) {
    if (bytes.length - length < count) {
      int needed = Math.addExact(length, count);
      bytes = Arrays.copyOf(bytes, Math.max(needed, (int) Math.min(bytes.length * 2L, 1 << 30)));
    }
  }
}
