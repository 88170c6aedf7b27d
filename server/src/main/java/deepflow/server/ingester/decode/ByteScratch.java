package deepflow.server.ingester.decode;

import java.util.Arrays;

/// Bytes that grow at the end and keep their memory when cleared.
final class ByteScratch {
  byte[] bytes = new byte[1024];
  int length;

  void clear() {
    length = 0;
  }

  void put(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
  }

  /// Four bytes, little endian.
  void putInt(int value) {
    put(value);
    put(value >>> 8);
    put(value >>> 16);
    put(value >>> 24);
  }

  void put(byte[] source, int from, int count) {
    reserve(count);
    System.arraycopy(source, from, bytes, length, count);
    length += count;
  }

  void put(ByteScratch other) {
    put(other.bytes, 0, other.length);
  }

  byte[] copy() {
    return Arrays.copyOf(bytes, length);
  }

  private void reserve(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, more)));
    }
  }
}
