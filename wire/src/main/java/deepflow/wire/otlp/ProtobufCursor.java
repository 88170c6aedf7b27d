package deepflow.wire.otlp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/// Walks serialized protobuf in place: a position and a limit in someone else's byte array.
///
/// No read leaves the limit, whatever the bytes say. One cursor can be used again and again
/// ([#reset]); it belongs to one thread at a time.
///
/// A message is walked so:
///
/// ```java
/// while (cursor.hasMore()) {
///   int tag = cursor.readTag();
///   switch (tag) {
///     case NAME -> name = cursor.readLength(); … cursor.advance(name);
///     case CHILD -> { int outer = cursor.enter(cursor.readLength()); …; cursor.leave(outer); }
///     default -> cursor.skip(tag);
///   }
/// }
/// ```
///
/// Stricter than the format's own libraries in one thing: a tag above 32 bits is malformed, where
/// some cut it off.
public final class ProtobufCursor {
  /// Wire type of integers, booleans and enums.
  public static final int VARINT = 0;

  /// Wire type of fixed64, sfixed64 and double.
  public static final int FIXED64 = 1;

  /// Wire type of strings, bytes, messages and packed fields.
  public static final int LENGTH_DELIMITED = 2;

  /// Wire type that opens a group; [#skip] passes over groups.
  public static final int GROUP_START = 3;

  /// Wire type that ends a group.
  public static final int GROUP_END = 4;

  /// Wire type of fixed32, sfixed32 and float.
  public static final int FIXED32 = 5;

  /// Groups in groups, at most.
  private static final int GROUP_DEPTH_MAX = 64;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final byte[] NOTHING = {};

  private byte[] bytes = NOTHING;
  private int origin;
  private int position;
  private int limit;

  /// A cursor over nothing; [#reset] gives it bytes.
  public ProtobufCursor() {}

  /// A cursor at the first byte of a message.
  public ProtobufCursor(byte[] bytes, int offset, int length) {
    reset(bytes, offset, length);
  }

  /// The tag of a field, as [#readTag] returns it.
  public static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }

  /// The field number of a tag.
  public static int field(int tag) {
    return tag >>> 3;
  }

  /// The wire type of a tag.
  public static int wireType(int tag) {
    return tag & 7;
  }

  /// Starts again at the first byte of another message.
  ///
  /// @throws IndexOutOfBoundsException when the range is not inside the array
  public void reset(byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length);
    bytes = source;
    origin = offset;
    position = offset;
    limit = offset + length;
  }

  /// The array that is walked.
  public byte[] bytes() {
    return bytes;
  }

  /// Index in [#bytes] of the next byte to be read.
  public int position() {
    return position;
  }

  /// Index in [#bytes] of the byte after the message that is walked.
  public int limit() {
    return limit;
  }

  /// Whether the message that is walked has more fields.
  public boolean hasMore() {
    return position < limit;
  }

  /// Reads a field's tag; [#field] and [#wireType] take it apart.
  ///
  /// @throws MalformedProtobufException when it is cut off, its field number is 0 or it is above 32
  ///   bits
  public int readTag() throws MalformedProtobufException {
    int start = position;
    int first = start < limit ? bytes[start] : -1;
    if (first >= 0x08) { // the common case: a tag of one byte
      position = start + 1;
      return first;
    }
    long tag = readVarint();
    if (tag >>> 32 != 0 || tag >>> 3 == 0) {
      throw malformed("no valid field number", start);
    }
    return (int) tag;
  }

  /// Reads a varint of up to ten bytes; bits above 64 are lost, as in all of protobuf.
  ///
  /// @throws MalformedProtobufException when it is cut off or longer than ten bytes
  public long readVarint() throws MalformedProtobufException {
    int at = position;
    if (at < limit && bytes[at] >= 0) {
      position = at + 1;
      return bytes[at];
    }
    return readLongVarint();
  }

  private long readLongVarint() throws MalformedProtobufException {
    int start = position;
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (position >= limit) {
        throw malformed("varint is cut off", start);
      }
      byte next = bytes[position++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw malformed("varint is longer than 10 bytes", start);
  }

  /// Reads the length of a string, of bytes or of a message, which then are all inside the limit.
  ///
  /// @throws MalformedProtobufException when the length goes beyond the limit
  public int readLength() throws MalformedProtobufException {
    int start = position;
    long length = readVarint();
    if (length < 0 || length > limit - position) {
      throw malformed("length " + Long.toUnsignedString(length) + " is beyond the end", start);
    }
    return (int) length;
  }

  /// Reads eight bytes, little endian: fixed64, sfixed64, or the bits of a double.
  ///
  /// @throws MalformedProtobufException when fewer are left
  public long readFixed64() throws MalformedProtobufException {
    int at = position;
    advance(Long.BYTES);
    return (long) LONG.get(bytes, at);
  }

  /// Reads four bytes, little endian: fixed32, sfixed32, or the bits of a float.
  ///
  /// @throws MalformedProtobufException when fewer are left
  public int readFixed32() throws MalformedProtobufException {
    int at = position;
    advance(Integer.BYTES);
    return (int) INT.get(bytes, at);
  }

  /// Passes over so many bytes.
  ///
  /// @throws MalformedProtobufException when fewer are left
  public void advance(int count) throws MalformedProtobufException {
    if (count > limit - position) {
      throw malformed("field is cut off", position);
    }
    position += count;
  }

  /// Narrows the walk to the `length` bytes that follow, a message inside this one.
  ///
  /// @param length as [#readLength] returned it
  /// @return the outer limit, which [#leave] must be given
  public int enter(int length) {
    int outer = limit;
    limit = position + length;
    return outer;
  }

  /// Ends the walk of an inner message, wherever in it the cursor is, and goes on after it.
  ///
  /// @param outerLimit what [#enter] returned
  public void leave(int outerLimit) {
    position = limit;
    limit = outerLimit;
  }

  /// Passes over the value of a field whose tag was just read, groups included.
  ///
  /// @throws MalformedProtobufException when it is cut off, its wire type is 6 or 7, or it ends a
  ///   group that never began
  public void skip(int tag) throws MalformedProtobufException {
    skip(tag, 0);
  }

  private void skip(int tag, int depth) throws MalformedProtobufException {
    switch (wireType(tag)) {
      case VARINT -> readVarint();
      case FIXED64 -> advance(Long.BYTES);
      case LENGTH_DELIMITED -> advance(readLength());
      case GROUP_START -> skipGroup(field(tag), depth + 1);
      case GROUP_END -> throw malformed("group ends that never began", position);
      case FIXED32 -> advance(Integer.BYTES);
      default -> throw malformed("unknown wire type " + wireType(tag), position);
    }
  }

  private void skipGroup(int field, int depth) throws MalformedProtobufException {
    if (depth > GROUP_DEPTH_MAX) {
      throw malformed("groups are nested deeper than " + GROUP_DEPTH_MAX, position);
    }
    while (true) {
      int start = position;
      int tag = readTag();
      if (wireType(tag) != GROUP_END) {
        skip(tag, depth);
      } else if (field(tag) == field) {
        return;
      } else {
        throw malformed("group ends that never began", start);
      }
    }
  }

  /// Refuses what there is too much of.
  ///
  /// @param what of which there are so many, for people
  void refuseAbove(int most, int count, String what) throws MalformedProtobufException {
    if (count > most) {
      throw malformed("more than " + most + " " + what, position);
    }
  }

  /// An exception for something wrong at an index of [#bytes].
  public MalformedProtobufException malformed(String reason, int index) {
    return new MalformedProtobufException(reason, index - origin);
  }
}
