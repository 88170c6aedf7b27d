package deepflow.agent.queue;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/// Goes from record to record through a segment, over the headers only. Where a header is damaged
/// it searches for the next record by the queue's mark. Holds 64 KiB at most.
final class SegmentWalk {
  private static final int CHUNK_BYTES = 64 << 10;
  private static final int SECTOR_BYTES = 4 << 10;
  private static final int TRIES = 3;

  private final DiskFile file;
  private final int mark;
  private final long numberEnd;
  private final ByteBuffer head = ByteBuffer.allocateDirect(RecordHeader.BYTES);
  private @Nullable RecordHeader header;
  private long lastNumber;
  private long position = SegmentHeader.BYTES;

  /// @param first the segment's first number: lower ones are no records of it
  /// @param numberEnd nor are this one and higher ones; what a segment holds from the first number
  ///   of the next on was refused after it was written
  SegmentWalk(DiskFile file, int mark, long first, long numberEnd) {
    this.file = file;
    this.mark = mark;
    this.numberEnd = numberEnd;
    lastNumber = first - 1;
  }

  /// Moves to the next record that begins and ends before `end`; false when there is none (yet).
  boolean next(long end) throws IOException {
    for (long at = position; end - at >= RecordHeader.BYTES; at = markFrom(at + 1, end)) {
      RecordHeader found = headerAt(at, end);
      if (found != null) {
        header = found;
        lastNumber = found.number();
        position = at + found.recordBytes();
        return true;
      }
    }
    return false;
  }

  /// The record that [#next] moved to.
  RecordHeader header() {
    return requireNonNull(header);
  }

  /// Where it begins.
  long recordOffset() {
    return position - header().recordBytes();
  }

  /// Where it ends: the first byte that no record was found for yet.
  long position() {
    return position;
  }

  /// How many records lie between two places, be their headers damaged or not: one where it begins,
  /// and one at each mark behind.
  int recordsBetween(long begin, long end) throws IOException {
    int records = 0;
    for (long at = begin; at < end; at = markFrom(at + 1, end)) {
      records++;
    }
    return records;
  }

  private @Nullable RecordHeader headerAt(long at, long end) throws IOException {
    readOrZeros(file, head.clear(), at);
    RecordHeader found = RecordHeader.read(head.flip(), mark);
    boolean ours =
        found != null
            && found.number() > lastNumber
            && found.number() < numberEnd
            && found.recordBytes() <= end - at;
    return ours ? found : null;
  }

  /// Where the mark stands next, at `from` or later; `end` when nowhere.
  private long markFrom(long from, long end) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = from; at < end; at += CHUNK_BYTES - Integer.BYTES + 1) {
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, end - at));
      readOrZeros(file, chunk, at);
      for (int i = 0; i <= chunk.limit() - Integer.BYTES; i++) {
        if (chunk.getInt(i) == mark) {
          return at + i;
        }
      }
    }
    return end;
  }

  /// Fills `target`, with zeros where the disk can't read: to the queue such bytes are damaged.
  static void readOrZeros(DiskFile file, ByteBuffer target, long position) throws IOException {
    int start = target.position();
    int limit = target.limit();
    if (tryRead(file, target, position)) {
      return;
    }
    for (int at = start; at < limit; at += SECTOR_BYTES) {
      target.limit(Math.min(limit, at + SECTOR_BYTES)).position(at);
      if (!tryRead(file, target, position + at - start)) {
        while (target.hasRemaining()) {
          target.put((byte) 0);
        }
      }
    }
    target.position(limit);
  }

  /// False when the disk says again and again that it can't.
  private static boolean tryRead(DiskFile file, ByteBuffer target, long position)
      throws IOException {
    int start = target.position();
    for (int i = 0; i < TRIES; i++) {
      try {
        file.read(target, position);
        return true;
      } catch (ClosedChannelException closed) {
        throw closed;
      } catch (IOException unreadable) {
        target.position(start);
      }
    }
    return false;
  }
}
