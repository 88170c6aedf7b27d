package deepflow.agent.queue;

import deepflow.wire.frame.Identity;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// The first 64 bytes of a segment, little endian.
///
/// | offset | bytes | field |
/// |-------:|------:|-------|
/// | 0 | 8 | magic: `DFQUEUE` and a line feed |
/// | 8 | 4 | version, u32: 1 |
/// | 12 | 16 | queue identity |
/// | 28 | 8 | hash secret |
/// | 36 | 8 | first batch number, u64 |
/// | 44 | 16 | zero |
/// | 60 | 4 | CRC32C of the 60 bytes before |
///
/// The identity file says the same of the queue, and the segment's name says the first number: this
/// header is the second place, from which the first can be made again. Other versions change
/// neither magic, version nor checksum, so that an older agent knows what it must leave alone.
record SegmentHeader(Identity queue, long hashSecret, long first) {
  static final int BYTES = 64;

  private static final long MAGIC = 0x0A45_5545_5551_4644L;
  private static final int VERSION = 1;
  private static final int VERSION_OFFSET = 8;
  private static final int IDENTITY_OFFSET = 12;
  private static final int CRC_OFFSET = 60;

  ByteBuffer toBytes() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(MAGIC).putInt(VERSION);
    queue.writeTo(bytes);
    bytes.putLong(hashSecret).putLong(first);
    bytes.putInt(CRC_OFFSET, Checksums.crc32c(bytes, 0, CRC_OFFSET));
    return bytes.clear();
  }

  /// The header in `bytes`, or null when they are damaged, too few or of another version.
  static @Nullable SegmentHeader read(ByteBuffer bytes) {
    ByteBuffer little = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (!isIntact(little) || little.getInt(VERSION_OFFSET) != VERSION) {
      return null;
    }
    little.position(IDENTITY_OFFSET);
    return new SegmentHeader(Identity.read(little), little.getLong(), little.getLong());
  }

  /// Whether `bytes` are the header of a segment that another version of the agent wrote and this
  /// one can't read.
  static boolean isOfAnotherVersion(ByteBuffer bytes) {
    ByteBuffer little = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    return isIntact(little) && little.getInt(VERSION_OFFSET) != VERSION;
  }

  private static boolean isIntact(ByteBuffer little) {
    return little.remaining() >= BYTES
        && little.getLong(0) == MAGIC
        && little.getInt(CRC_OFFSET) == Checksums.crc32c(little, 0, CRC_OFFSET);
  }
}
