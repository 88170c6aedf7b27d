package deepflow.agent.queue;

import deepflow.wire.frame.Identity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A hint of how far the queue was, overwritten in place about once a second and never synced. What
/// the server has is said by its WELCOME; this file only makes figures right before that, and tells
/// a torn tail from a damaged one. Little endian:
///
/// | offset | bytes | field |
/// |-------:|------:|-------|
/// | 0 | 16 | queue identity |
/// | 16 | 8 | highest acknowledged number, u64 |
/// | 24 | 8 | highest durable number, u64 |
/// | 32 | 4 | CRC32C of the 32 bytes before |
final class PositionFile {
  private static final Logger LOG = LoggerFactory.getLogger(PositionFile.class);

  private static final String FILE = "position";
  private static final int BYTES = 36;
  private static final int CRC_OFFSET = 32;

  private final Disk disk;
  private final Identity queue;

  PositionFile(Disk disk, Identity queue) {
    this.disk = disk;
    this.queue = queue;
  }

  /// A position in the queue.
  ///
  /// @param committed highest number that the server had
  /// @param durable highest number that was on disk
  record Position(long committed, long durable) {
    static final Position NONE = new Position(0, 0);
  }

  Position load() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try {
      if (!disk.names().contains(FILE)) {
        return Position.NONE;
      }
      try (DiskFile file = disk.open(FILE)) {
        file.read(bytes, 0);
      }
    } catch (IOException unreadable) {
      LOG.warn("Goes on without the position file: {}", unreadable.toString());
    }
    Position position = read(bytes.flip());
    return position == null ? Position.NONE : position;
  }

  private @Nullable Position read(ByteBuffer bytes) {
    boolean intact =
        bytes.remaining() == BYTES
            && bytes.getInt(CRC_OFFSET) == Checksums.crc32c(bytes, 0, CRC_OFFSET)
            && Identity.read(bytes).equals(queue);
    return intact ? new Position(bytes.getLong(), bytes.getLong()) : null;
  }

  void save(Position position) {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    queue.writeTo(bytes);
    bytes.putLong(position.committed).putLong(position.durable);
    bytes.putInt(Checksums.crc32c(bytes, 0, CRC_OFFSET)).flip();
    try (DiskFile file = disk.names().contains(FILE) ? disk.open(FILE) : disk.create(FILE)) {
      file.write(bytes, 0);
    } catch (IOException full) {
      LOG.debug("The position file stays old: {}", full.toString());
    }
  }
}
