package deepflow.clickhouse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Native memory of one call, for the thread that made it.
final class Scratch implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();

  Scratch() {
    NativeHandles.opened(NativeHandles.Kind.ARENA);
  }

  MemorySegment bytes(long size) {
    return arena.allocate(size, Long.BYTES);
  }

  /// UTF-8 without a terminating zero; never of size 0, which some allocators give no address for.
  Text text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return new Text(segment, bytes.length);
  }

  /// A `char **` of texts that end with a zero.
  MemorySegment strings(List<String> texts) {
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, Math.max(1, texts.size()));
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(texts.get(i)));
    }
    return array;
  }

  /// A `char **` of the texts.
  MemorySegment addresses(List<Text> texts) {
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, Math.max(1, texts.size()));
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.ADDRESS, i, texts.get(i).start());
    }
    return array;
  }

  /// A `size_t *` of the texts' lengths.
  MemorySegment lengths(List<Text> texts) {
    MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, Math.max(1, texts.size()));
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.JAVA_LONG, i, texts.get(i).length());
    }
    return array;
  }

  @Override
  public void close() {
    arena.close();
    NativeHandles.closed(NativeHandles.Kind.ARENA);
  }

  /// Bytes with their length, as the library's functions ending in `_n` take them.
  record Text(MemorySegment start, long length) {}
}
