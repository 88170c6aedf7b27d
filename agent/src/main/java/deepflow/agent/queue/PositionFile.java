package deepflow.agent.queue;

import deepflow.wire.frame.Identity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
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
/// | 24 | 4 | number of epochs n, u32, at most 64 |
/// | 28 | 8 n | highest durable number of each epoch, u64, ascending; of the newest, and of those that the server lacks something of |
/// | 28 + 8 n | 4 | CRC32C of the bytes before |
final class PositionFile {
  private static final Logger LOG = LoggerFactory.getLogger(PositionFile.class);

  private static final String FILE = "position";
  private static final int EPOCHS_MAX = 64;
  private static final int HEAD_BYTES = 28;
  private static final int BYTES_MAX = HEAD_BYTES + Long.BYTES * EPOCHS_MAX + Integer.BYTES;

  private final Disk disk;
  private final Identity queue;
  private Position last = Position.NONE;

  PositionFile(Disk disk, Identity queue) {
    this.disk = disk;
    this.queue = queue;
  }

  /// A position in the queue.
  ///
  /// @param committed highest number that the server had
  /// @param durable highest number of each epoch that was on disk, ascending
  record Position(long committed, List<Long> durable) {
    static final Position NONE = new Position(0, List.of());

    /// The highest number of that epoch that was on disk; 0 when nothing is known.
    long durableIn(long epoch) {
      return durable.stream()
          .filter(number -> BatchNumbers.epochOf(number) == epoch)
          .findFirst()
          .orElse(0L);
    }

    /// The same later, when the server has all up to `newCommitted`, and the disk up to `number`.
    Position after(long newCommitted, long number) {
      long epoch = BatchNumbers.epochOf(number);
      Stream<Long> others =
          durable.stream()
              .filter(known -> known > newCommitted && BatchNumbers.epochOf(known) != epoch);
      List<Long> all = Stream.concat(others, Stream.of(number)).sorted().toList();
      return new Position(
          newCommitted, all.subList(Math.max(0, all.size() - EPOCHS_MAX), all.size()));
    }
  }

  Position load() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);
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
    last = position == null ? Position.NONE : position;
    return last;
  }

  private @Nullable Position read(ByteBuffer bytes) {
    int epochs = bytes.remaining() < HEAD_BYTES ? -1 : bytes.getInt(HEAD_BYTES - Integer.BYTES);
    int crcOffset = HEAD_BYTES + Long.BYTES * epochs;
    // A file may have been longer once.
    boolean intact =
        epochs >= 0
            && epochs <= EPOCHS_MAX
            && bytes.remaining() >= crcOffset + Integer.BYTES
            && bytes.getInt(crcOffset) == Checksums.crc32c(bytes, 0, crcOffset)
            && Identity.read(bytes).equals(queue);
    if (!intact) {
      return null;
    }
    long committed = bytes.getLong();
    bytes.getInt();
    return new Position(committed, Stream.generate(bytes::getLong).limit(epochs).toList());
  }

  /// Writes how far the queue is now.
  ///
  /// @param committed highest number that the server has
  /// @param durable highest number that is on disk
  void save(long committed, long durable) {
    last = last.after(committed, durable);
    ByteBuffer bytes = ByteBuffer.allocate(BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);
    queue.writeTo(bytes);
    bytes.putLong(committed).putInt(last.durable.size());
    last.durable.forEach(bytes::putLong);
    bytes.putInt(Checksums.crc32c(bytes, 0, bytes.position())).flip();
    try (DiskFile file = disk.names().contains(FILE) ? disk.open(FILE) : disk.create(FILE)) {
      file.write(bytes, 0);
    } catch (IOException full) {
      LOG.debug("The position file stays old: {}", full.toString());
    }
  }
}
