package deepflow.agent.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The hashes of a segment, kept in a file of their own when the segment goes. Little endian:
///
/// | offset | bytes | field |
/// |-------:|------:|-------|
/// | 0 | 8 | magic: `DFHASHES` |
/// | 8 | 8 | the newest of the times that follow |
/// | 16 | 24 n | a time (ns since 1970-01-01 UTC) and the 16 bytes of a hash |
/// | 16 + 24 n | 4 | CRC32C of all before |
///
/// A damaged one is ignored: it costs the recognition of resends, no data.
final class HashSidecar {
  static final String SUFFIX = ".hashes";
  static final String NEW_SUFFIX = ".hashes.new";

  private static final long MAGIC = 0x5345_4853_4148_4644L;
  private static final int HEADER_BYTES = 16;
  private static final int ITEM_BYTES = 24;
  private static final int BYTES_MAX = 64 << 20;

  private HashSidecar() {}

  /// Where hashes go.
  interface Sink {
    void accept(long high, long low, long timeNanos);
  }

  /// The sidecar of a segment, with the hashes that are younger than `sinceNanos`, at most `max`.
  static ByteBuffer of(Segments segments, Segment segment, long sinceNanos, int max)
      throws IOException {
    ByteBuffer[] bytes = {allocate(1 << 10)};
    bytes[0].putLong(MAGIC).putLong(segment.newestNanos);
    try (DiskFile file = segments.open(segment)) {
      SegmentWalk walk = segments.walk(file, segment);
      while (walk.next(segment.end)) {
        if (walk.header().sealedNanos() >= sinceNanos) {
          hashesOf(
              file,
              walk.header(),
              walk.recordOffset(),
              (high, low, time) -> bytes[0] = put(bytes[0], max, high, low, time));
        }
      }
    }
    ByteBuffer all = withRoom(bytes[0], Integer.BYTES);
    return all.putInt(Checksums.crc32c(all, 0, all.position())).flip();
  }

  /// Makes `bytes` the sidecar of a segment, durably.
  static void write(Disk disk, Segment segment, ByteBuffer bytes) throws IOException {
    String name = Segment.nameOf(segment.first);
    SmallFiles.replace(disk, name + SUFFIX, name + NEW_SUFFIX, bytes.duplicate());
  }

  /// Gives the hashes of a sidecar to `sink`; false when it is damaged, and then none.
  static boolean read(Disk disk, String name, Sink sink) throws IOException {
    try (DiskFile file = disk.open(name)) {
      int size = (int) Math.min(file.size(), BYTES_MAX);
      ByteBuffer bytes = allocate(size);
      SegmentWalk.readOrZeros(file, bytes, 0);
      int end = size - Integer.BYTES;
      boolean intact =
          end >= HEADER_BYTES
              && (end - HEADER_BYTES) % ITEM_BYTES == 0
              && bytes.getLong(0) == MAGIC
              && bytes.getInt(end) == Checksums.crc32c(bytes, 0, end);
      bytes.clear().limit(intact ? end : 0).position(intact ? HEADER_BYTES : 0);
      while (bytes.hasRemaining()) {
        long time = bytes.getLong();
        sink.accept(bytes.getLong(), bytes.getLong(), time);
      }
      return intact;
    }
  }

  /// When the newest of a sidecar's hashes was added.
  static long newestNanos(Disk disk, String name) throws IOException {
    ByteBuffer bytes = allocate(HEADER_BYTES);
    try (DiskFile file = disk.open(name)) {
      file.read(bytes, 0);
    }
    return bytes.getLong(Long.BYTES);
  }

  /// Gives the hashes of one record; false when they are damaged, and then none.
  static boolean hashesOf(DiskFile source, RecordHeader header, long recordOffset, Sink sink)
      throws IOException {
    int length = RecordHeader.HASH_BYTES * header.hashes();
    ByteBuffer bytes = allocate(length);
    SegmentWalk.readOrZeros(source, bytes, recordOffset + RecordHeader.BYTES);
    bytes.flip();
    if (bytes.remaining() < length || Checksums.crc32c(bytes, 0, length) != header.hashesCrc()) {
      return false;
    }
    while (bytes.hasRemaining()) {
      sink.accept(bytes.getLong(), bytes.getLong(), header.sealedNanos());
    }
    return true;
  }

  private static ByteBuffer put(ByteBuffer bytes, int max, long high, long low, long timeNanos) {
    if (bytes.position() >= HEADER_BYTES + (long) max * ITEM_BYTES) {
      return bytes;
    }
    return withRoom(bytes, ITEM_BYTES).putLong(timeNanos).putLong(high).putLong(low);
  }

  private static ByteBuffer withRoom(ByteBuffer bytes, int more) {
    return bytes.remaining() >= more
        ? bytes
        : allocate(2 * bytes.capacity() + more).put(bytes.flip());
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
