package deepflow.server.storage;

import java.util.Arrays;

/// Writes protobuf fields one after the other into memory.
final class ProtobufWriter {
  private byte[] bytes = new byte[512];
  private int size;

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /// Serialized fields as they are.
  void raw(byte[] source, int offset, int length) {
    reserve(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  void bytes(int field, byte[] value) {
    bytes(field, value, 0, value.length);
  }

  void bytes(int field, byte[] source, int offset, int length) {
    tag(field, 2);
    varint(length);
    raw(source, offset, length);
  }

  /// A message inside this one.
  void message(int field, ProtobufWriter message) {
    bytes(field, message.bytes, 0, message.size);
  }

  /// A string or bytes, left out when empty.
  void optional(int field, byte[] value) {
    if (value.length > 0) {
      bytes(field, value);
    }
  }

  /// An integer, left out when 0; int32 and enums are given with their sign.
  void optionalVarint(int field, long value) {
    if (value != 0) {
      varintField(field, value);
    }
  }

  void varintField(int field, long value) {
    tag(field, 0);
    varint(value);
  }

  void optionalFixed64(int field, long value) {
    if (value != 0) {
      fixed64(field, value);
    }
  }

  void fixed64(int field, long value) {
    tag(field, 1);
    reserve(Long.BYTES);
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  void optionalFixed32(int field, int value) {
    if (value != 0) {
      tag(field, 5);
      reserve(Integer.BYTES);
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        bytes[size++] = (byte) (value >>> shift);
      }
    }
  }

  private void tag(int field, int wireType) {
    varint((long) field << 3 | wireType);
  }

  private void varint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  private void reserve(int more) {
    if (more > bytes.length - size) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(size, more)));
    }
  }
}
