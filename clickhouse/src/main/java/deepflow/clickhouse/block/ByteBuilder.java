package deepflow.clickhouse.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Bytes that grow at the end and keep their memory when cleared. What is put at once lies in one
/// of several chunks, so growing copies nothing and leaves no room of half the size unused.
/// Integers are little endian.
final class ByteBuilder {
  static final VarHandle SHORT = view(short[].class);
  static final VarHandle INT = view(int[].class);
  static final VarHandle LONG = view(long[].class);

  /// A quarter of a MiB with the array's header, so that a whole number of them fills a region of
  /// the heap; of whole integers.
  static final int CHUNK_BYTES = (1 << 18) - 16;

  private static final int BYTES_MAX = Integer.MAX_VALUE - 8;
  private static final int FIRST_BYTES = 256;

  private final List<byte[]> chunks = new ArrayList<>();

  /// Bytes in each chunk before the one that is being filled.
  private int[] filled = new int[4];

  private int full;
  private int fullBytes;

  /// The chunk that is being filled; the first one begins small.
  private byte[] array = new byte[FIRST_BYTES];

  private int size;

  ByteBuilder() {
    chunks.add(array);
  }

  int size() {
    return fullBytes + size;
  }

  /// Chunks so far.
  int chunks() {
    return full + 1;
  }

  byte[] chunk(int number) {
    return chunks.get(number);
  }

  /// Bytes in the last chunk.
  int sizeOfLast() {
    return size;
  }

  /// Forgets the bytes and keeps the memory, but for chunks that one value needed alone.
  void clear() {
    chunks.removeIf(chunk -> chunk.length > CHUNK_BYTES);
    array = chunks.getFirst();
    size = 0;
    full = 0;
    fullBytes = 0;
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

  /// The integer at a byte's index, of a builder that has nothing but such integers.
  int intAt(int index) {
    return (int) INT.get(chunks.get(index / CHUNK_BYTES), index % CHUNK_BYTES);
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
    for (int number = 0; number < full; number++) {
      sink.write(chunks.get(number), 0, filled[number]);
    }
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
    // Counted with what the next chunk can hold: nothing is checked until that is full.
    if ((long) size() + Math.max(CHUNK_BYTES, more) > BYTES_MAX) {
      throw new IllegalStateException("a column of a block passes %s bytes".formatted(BYTES_MAX));
    }
    if (full == 0 && size + (long) more <= CHUNK_BYTES) {
      array = Arrays.copyOf(array, Math.min(CHUNK_BYTES, Math.max(size + more, 2 * array.length)));
      chunks.set(0, array);
    } else {
      next(more);
    }
  }

  private void next(int more) {
    if (full == filled.length) {
      filled = Arrays.copyOf(filled, 2 * full);
    }
    filled[full++] = size;
    fullBytes += size;
    size = 0;
    if (full == chunks.size() || chunks.get(full).length < more) {
      chunks.add(full, new byte[Math.max(CHUNK_BYTES, more)]);
    }
    array = chunks.get(full);
  }

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }
}
