package deepflow.clickhouse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Reads RowBinary from a chunk, from a position on. Integers are little endian.
final class RowBytes {
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  private byte[] bytes = new byte[0];
  private int end;
  private int at;

  /// Begins anew with an array that may be another's as long as nothing is appended to it.
  void reset(byte[] chunk, int length) {
    bytes = chunk;
    end = length;
    at = 0;
  }

  /// Brings more bytes behind those that were not read yet, which move to position 0: an array that
  /// was given to [#reset] must be this one's own now.
  void append(byte[] more, int from, int length) {
    int unread = unread();
    byte[] target = bytes;
    if (bytes.length - unread < length) {
      target = new byte[Math.max(Math.addExact(unread, length), 2 * unread)];
    }
    System.arraycopy(bytes, at, target, 0, unread);
    System.arraycopy(more, from, target, unread, length);
    reset(target, unread + length);
  }

  int unread() {
    return end - at;
  }

  int position() {
    return at;
  }

  void position(int newPosition) {
    at = newPosition;
  }

  boolean atEnd() {
    return at == end;
  }

  void skip(int count) {
    if (count < 0 || count > end - at) {
      throw new IndexOutOfBoundsException("%s bytes at %s of %s".formatted(count, at, end));
    }
    at += count;
  }

  byte readByte() {
    int from = at;
    skip(1);
    return bytes[from];
  }

  short readShort() {
    int from = at;
    skip(Short.BYTES);
    return (short) SHORT.get(bytes, from);
  }

  int readInt() {
    int from = at;
    skip(Integer.BYTES);
    return (int) INT.get(bytes, from);
  }

  long readLong() {
    int from = at;
    skip(Long.BYTES);
    return (long) LONG.get(bytes, from);
  }

  /// Of 31 bits at most, as all lengths here are.
  int readVarint() {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte next = readByte();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return Math.toIntExact(value);
      }
    }
    throw new IndexOutOfBoundsException("a length of more than 5 bytes at " + at);
  }

  byte[] readBytes(int count) {
    int from = at;
    skip(count);
    return Arrays.copyOfRange(bytes, from, at);
  }

  BigInteger readInteger(int width, boolean signed) {
    byte[] value = readBytes(width);
    for (int i = 0; i < width / 2; i++) {
      byte swapped = value[i];
      value[i] = value[width - 1 - i];
      value[width - 1 - i] = swapped;
    }
    return signed ? new BigInteger(value) : new BigInteger(1, value);
  }

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }
}
