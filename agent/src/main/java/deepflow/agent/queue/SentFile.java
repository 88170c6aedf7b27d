package deepflow.agent.queue;

import deepflow.wire.frame.Identity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file `sent`: the last epoch in which anything can have been sent. What the server has of a
/// later one came from another copy of the directory. Overwritten in place, which a full disk has
/// room for, and synced once a start, before the first batch is sent. Little endian:
///
/// | offset | bytes | field |
/// |-------:|------:|-------|
/// | 0 | 16 | queue identity |
/// | 16 | 8 | epoch, u64; 0 while nothing was sent |
/// | 24 | 4 | CRC32C of the bytes before |
///
/// When it is missing or damaged, anything may have been sent.
final class SentFile {
  private static final Logger LOG = LoggerFactory.getLogger(SentFile.class);
  private static final String FILE = "sent";
  private static final int CRC_OFFSET = 24;
  private static final int BYTES = 28;

  private final Disk disk;
  private final Identity queue;
  private volatile long epoch;

  SentFile(Disk disk, Identity queue) throws IOException {
    this.disk = disk;
    this.queue = queue;
    epoch = load();
  }

  /// Whether a batch of that epoch can have been sent.
  boolean covers(long ofEpoch) {
    return ofEpoch <= epoch;
  }

  /// From now on batches of that epoch, and of those before, may be sent.
  synchronized void save(long newEpoch) {
    if (newEpoch == epoch) {
      return;
    }
    epoch = newEpoch;
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    queue.writeTo(bytes);
    bytes.putLong(newEpoch).putInt(Checksums.crc32c(bytes, 0, CRC_OFFSET)).flip();
    try {
      boolean isNew = !disk.names().contains(FILE);
      try (DiskFile file = isNew ? disk.create(FILE) : disk.open(FILE)) {
        file.write(bytes, 0);
        file.sync();
      }
      if (isNew) {
        disk.sync();
      }
    } catch (IOException failed) {
      LOG.warn("Could not write {}: {}", FILE, failed.toString());
      forget();
    }
  }

  /// An old number would refuse, after the next start, what is sent in this one.
  private void forget() {
    try {
      disk.delete(FILE);
      disk.sync();
    } catch (IOException failed) {
      // Sending is the way out when the disk is full or can be read only.
      LOG.warn("Could not delete {}: {}", FILE, failed.toString());
    }
  }

  private long load() throws IOException {
    if (!disk.names().contains(FILE)) {
      return Long.MAX_VALUE;
    }
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (DiskFile file = disk.open(FILE)) {
      SegmentWalk.readOrZeros(file, bytes, 0);
    }
    bytes.flip();
    boolean intact =
        bytes.remaining() == BYTES
            && bytes.getInt(CRC_OFFSET) == Checksums.crc32c(bytes, 0, CRC_OFFSET)
            && Identity.read(bytes).equals(queue);
    return intact ? bytes.getLong() : Long.MAX_VALUE;
  }
}
