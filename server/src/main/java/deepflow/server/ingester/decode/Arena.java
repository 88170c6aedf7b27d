package deepflow.server.ingester.decode;

import java.util.ArrayList;
import java.util.List;

/// Keeps bytes in few large arrays until it is cleared.
final class Arena {
  /// A MiB with the array's header: 4 MiB without it took two regions of 4 MiB of the heap each.
  private static final int CHUNK_BYTES = (1 << 20) - 16;

  private final List<byte[]> chunks = new ArrayList<>();
  private int current = -1;
  private byte[] chunk = {};
  private int used;

  /// Forgets the bytes and keeps the memory, but for arrays that one request needed alone.
  void clear() {
    chunks.removeIf(array -> array.length != CHUNK_BYTES);
    current = -1;
    chunk = new byte[0];
    used = 0;
  }

  /// Finds room for `count` bytes.
  ///
  /// @return the array to which the next [#copy] goes
  byte[] reserve(int count) {
    if (count > chunk.length - used) {
      used = 0;
      chunk = count > CHUNK_BYTES ? alone(count) : next();
    }
    return chunk;
  }

  private byte[] alone(int count) {
    byte[] array = new byte[count];
    chunks.add(++current, array);
    return array;
  }

  private byte[] next() {
    if (++current == chunks.size()) {
      chunks.add(new byte[CHUNK_BYTES]);
    }
    return chunks.get(current);
  }

  /// Keeps the bytes for which room was reserved.
  ///
  /// @return index of the first byte in the array that [#reserve] returned
  int copy(byte[] source, int from, int count) {
    System.arraycopy(source, from, chunk, used, count);
    used += count;
    return used - count;
  }
}
