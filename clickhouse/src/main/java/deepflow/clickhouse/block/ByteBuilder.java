package deepflow.clickhouse.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Bytes that grow at the end and keep their memory when cleared. Integers are little endian.
final class ByteBuilder {
  static final VarHandle SHORT = view(short[].class);
  static final VarHandle INT = view(int[].class);
  static final VarHandle LONG = view(long[].class);

  private static final int BYTES_MAX = Integer.MAX_VALUE - 8;
  private static final int FIRST_BYTES = 256;

  private byte[] array = new byte[FIRST_BYTES];
  private int size;

  int size() {
    return size;
  }

  byte[] array() {
    return array;
  }

  void clear() {
    size = 0;
  }

  void putByte(int value) {
    reserve(1);
    array[size++] = (byte) value;
  }

  void putShort(int value) {
    reserve(Short.BYTES);
    SHORT.set(array, size, (short) value);
    size += Short.BYTES;
  }

  void putInt(int value) {
    reserve(Integer.BYTES);
    INT.set(array, size, value);
    size += Integer.BYTES;
  }

  void putLong(long value) {
    reserve(Long.BYTES);
    LONG.set(array, size, value);
    size += Long.BYTES;
  }

  int intAt(int index) {
    return (int) INT.get(array, index);
  }

  void putBytes(byte[] source, int offset, int length) {
    reserve(length);
    System.arraycopy(source, offset, array, size, length);
    size += length;
  }

  void putZeros(int length) {
    reserve(length);
    Arrays.fill(array, size, size + length, (byte) 0);
    size += length;
  }

  /// A string as Native has it: its length as a varint, then its bytes.
  void putString(byte[] source, int offset, int length) {
    reserve(length + VARINT_BYTES_MAX);
    putVarint(length);
    System.arraycopy(source, offset, array, size, length);
    size += length;
  }

  private static final int VARINT_BYTES_MAX = 5;

  /// At most 31 bits.
  void putVarint(int value) {
    reserve(VARINT_BYTES_MAX);
    int rest = value;
    while (rest > 0x7F) {
      array[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[size++] = (byte) rest;
  }

  <X extends Exception> void writeTo(NativeSink<X> sink) throws X {
    if (size > 0) {
      sink.write(array, 0, size);
    }
  }

  private void reserve(int more) {
    if (array.length - size < more) {
      grow(more);
    }
  }

  private void grow(int more) {
    long needed = (long) size + more;
    if (needed > BYTES_MAX) {
      throw new IllegalStateException("a column of a block passes %s bytes".formatted(BYTES_MAX));
    }
    array = Arrays.copyOf(array, (int) Math.min(BYTES_MAX, Math.max(needed, 2L * array.length)));
  }

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }
}
