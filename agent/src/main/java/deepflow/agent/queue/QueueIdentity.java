package deepflow.agent.queue;

import deepflow.wire.frame.Identity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Who a queue is. Kept in the file `identity`, little endian:
///
/// | offset | bytes | field |
/// |-------:|------:|-------|
/// | 0 | 8 | magic: `DFQIDENT` |
/// | 8 | 4 | version, u32: 1 |
/// | 12 | 16 | queue identity |
/// | 28 | 8 | hash secret |
/// | 36 | 8 | epoch, u64 |
/// | 44 | 4 | CRC32C of the 44 bytes before |
///
/// @param queue names the directory for ever
/// @param hashSecret keys the hashes of requests
/// @param epoch how often the queue was opened
record QueueIdentity(Identity queue, long hashSecret, long epoch) {
  static final String FILE = "identity";

  private static final String NEW_FILE = "identity.new";
  private static final long MAGIC = 0x544E_4544_4951_4644L;
  private static final int VERSION = 1;
  private static final int BYTES = 48;
  private static final int CRC_OFFSET = 44;
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  /// Times [#MIX] is 1, modulo 2^64.
  private static final long UNMIX = 0xF1DE_83E1_9937_733DL;

  static QueueIdentity random(RandomGenerator random) {
    return new QueueIdentity(Identity.random(random), random.nextLong(), /* epoch= */ 0);
  }

  /// Another queue, whose records have the mark of one whose identity is lost.
  static QueueIdentity random(RandomGenerator random, int mark) {
    long mixed = ((long) mark << Integer.SIZE) | Integer.toUnsignedLong(random.nextInt());
    return new QueueIdentity(Identity.random(random), mixed * UNMIX, /* epoch= */ 0);
  }

  QueueIdentity withEpoch(long newEpoch) {
    return new QueueIdentity(queue, hashSecret, newEpoch);
  }

  /// Begins each record of this queue. A secret, so that no sender can plant something in a span
  /// that is taken for a record once the bytes before it are damaged.
  int mark() {
    long mixed = hashSecret * MIX;
    return (int) (mixed >>> Integer.SIZE);
  }

  /// The identity in the file, or null when it is missing, damaged, or not to be read.
  static @Nullable QueueIdentity load(Disk disk) throws IOException {
    if (!disk.names().contains(FILE)) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (DiskFile file = disk.open(FILE)) {
      SegmentWalk.readOrZeros(file, bytes, 0);
    }
    bytes.flip();
    if (bytes.remaining() < BYTES
        || bytes.getInt(CRC_OFFSET) != Checksums.crc32c(bytes, 0, CRC_OFFSET)
        || bytes.getLong() != MAGIC
        || bytes.getInt() != VERSION) {
      return null;
    }
    return new QueueIdentity(Identity.read(bytes), bytes.getLong(), bytes.getLong());
  }

  /// Makes this the identity in the file, durably.
  void save(Disk disk) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(MAGIC).putInt(VERSION);
    queue.writeTo(bytes);
    bytes.putLong(hashSecret).putLong(epoch);
    bytes.putInt(Checksums.crc32c(bytes, 0, CRC_OFFSET));
    SmallFiles.replace(disk, FILE, NEW_FILE, bytes.flip());
  }
}
