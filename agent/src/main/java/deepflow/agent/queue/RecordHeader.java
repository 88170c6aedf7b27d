package deepflow.agent.queue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// What stands before each batch in a segment, little endian.
///
/// | offset | bytes | field |
/// |-------:|------:|-------|
/// | 0 | 4 | mark of the queue, see [QueueIdentity#mark] |
/// | 4 | 4 | bytes of the payload, u32 |
/// | 8 | 8 | batch number, u64 |
/// | 16 | 8 | when it was sealed, ns since 1970-01-01 UTC |
/// | 24 | 8 | spans before it in this epoch, u64: so a lost record's spans can be counted |
/// | 32 | 4 | spans, u32 |
/// | 36 | 4 | number of hashes n, u32 |
/// | 40 | 4 | CRC32C of the hashes |
/// | 44 | 4 | CRC32C of the 44 bytes before |
/// | 48 | 16 n | hashes of its requests |
/// | 48 + 16 n | as said | payload of the BATCH frame, byte for byte; it begins with its number and has its own checksum |
///
/// Three checksums, so that damage costs as little as possible: of the header (the batches behind
/// it can't be reached by its lengths any more, but are found by their marks), of the hashes (only
/// the recognition of resends) and of the payload (only this batch).
record RecordHeader(
    int payloadBytes,
    long number,
    long sealedNanos,
    long spansBefore,
    int spans,
    int hashes,
    int hashesCrc) {
  static final int BYTES = 48;
  static final int HASH_BYTES = 16;

  private static final int CRC_OFFSET = 44;

  /// Of the whole record: header, hashes and payload.
  long recordBytes() {
    return (long) payloadOffset() + payloadBytes;
  }

  /// Where the payload begins, from the record's first byte.
  int payloadOffset() {
    return BYTES + HASH_BYTES * hashes;
  }

  /// Writes the header at the start of `target`, absolutely.
  void writeTo(ByteBuffer target, int mark) {
    ByteBuffer little = target.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
    little.putInt(mark).putInt(payloadBytes).putLong(number).putLong(sealedNanos);
    little.putLong(spansBefore).putInt(spans).putInt(hashes).putInt(hashesCrc);
    little.putInt(Checksums.crc32c(little, 0, CRC_OFFSET));
  }

  /// The header at the start of `bytes`, or null when there is none.
  static @Nullable RecordHeader read(ByteBuffer bytes, int mark) {
    ByteBuffer little = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (little.remaining() < BYTES
        || little.getInt() != mark
        || little.getInt(CRC_OFFSET) != Checksums.crc32c(little, 0, CRC_OFFSET)) {
      return null;
    }
    RecordHeader header =
        new RecordHeader(
            little.getInt(),
            little.getLong(),
            little.getLong(),
            little.getLong(),
            little.getInt(),
            little.getInt(),
            little.getInt());
    return header.payloadBytes < 0 || header.hashes < 0 || header.spans < 0 ? null : header;
  }
}
