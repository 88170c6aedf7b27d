package deepflow.agent.queue;

import deepflow.wire.frame.LinkMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what became of every span that came to this queue directory, over all its starts. Kept in
/// the file `ledger`, little endian:
///
/// | offset | bytes | field |
/// |-------:|------:|-------|
/// | 0 | 8 | magic: `DFLEDGER` |
/// | 8 | 88 | eleven numbers, i64: durable number, accepted, acknowledged number, covered, resent, invalid, busy, damaged, damage known through, unacknowledged, refused requests |
/// | 96 | 4 | number of epochs n, u32 |
/// | 100 | 16 n | of each epoch: its number, and the spans accepted before it |
/// | 100 + 16 n | 4 | CRC32C of all before |
///
/// **What a crash costs.** Accepted spans are counted anew from the records behind the durable
/// number, which are there until the file was saved with them: nothing. Resends, refusals and what
/// went to a server of DeepFlow's since the file was saved ([#SAVE_NANOS]): their count.
/// Thread-safe.
final class Ledger {
  private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

  static final String FILE = "ledger";

  /// So often the file is saved while anything changes.
  static final long SAVE_NANOS = 5_000_000_000L;

  private static final String NEW_FILE = "ledger.new";
  private static final long MAGIC = 0x5245_4744_454C_4644L;
  private static final int EPOCHS_MAX = 4_096;

  private final Disk disk;
  private final long currentEpoch;

  /// Spans accepted before each epoch of which a record may still be here.
  private final TreeMap<Long, Long> before = new TreeMap<>();

  /// Damage beyond what is acknowledged: last number of a gap, and its spans.
  private final TreeMap<Long, Long> pendingDamage = new TreeMap<>();

  private long durable;
  private long accepted;
  private long acknowledged;
  private long covered;
  private long resent;
  private long invalid;
  private long busy;
  private long damaged;
  private long damagedThrough;
  private long unacknowledged;
  private long refusedRequests;
  private boolean dirty;
  private long savedNanos;

  private Ledger(Disk disk, long epoch) {
    this.disk = disk;
    this.currentEpoch = epoch;
  }

  /// The ledger of a queue that starts: what the file says, and what the segments have beyond it.
  ///
  /// @param epoch that begins
  static Ledger open(Disk disk, Segments segments, long epoch) throws IOException {
    Ledger ledger = new Ledger(disk, epoch);
    ledger.load();
    for (Segment segment : segments.all()) {
      if (segment.batches > 0) {
        ledger.found(segment.last, segment.spansThrough);
      }
    }
    ledger.before.put(epoch, ledger.accepted);
    return ledger;
  }

  private void found(long number, long spansThrough) {
    long base = before.computeIfAbsent(BatchNumbers.epochOf(number), _ -> accepted);
    if (number > durable) {
      durable = number;
      accepted = Math.max(accepted, base + spansThrough);
      dirty = true;
    }
  }

  private long through(RecordHeader header) {
    long base = before.getOrDefault(BatchNumbers.epochOf(header.number()), accepted);
    return base + header.spansBefore() + header.spans();
  }

  /// A record became durable.
  synchronized void durable(RecordHeader header) {
    durable = header.number();
    accepted = through(header);
    dirty = true;
  }

  /// The server has all up to a record.
  synchronized void acknowledged(RecordHeader header) {
    if (header.number() <= acknowledged) {
      return;
    }
    acknowledged = header.number();
    covered = through(header);
    dirty = true;
    Map<Long, Long> settled = pendingDamage.headMap(acknowledged, true);
    if (!settled.isEmpty()) {
      damaged += settled.values().stream().mapToLong(Long::longValue).sum();
      damagedThrough = acknowledged;
      settled.clear();
      // Nobody walks over what is acknowledged again.
      save();
    }
  }

  /// The disk lost the batches up to a number.
  synchronized void damaged(long to, long spans) {
    if (to > damagedThrough) {
      pendingDamage.merge(to, spans, Long::sum);
    }
  }

  synchronized void resent(int spans) {
    resent += spans;
    dirty = true;
  }

  synchronized void busy(int spans) {
    busy += spans;
    dirty = true;
  }

  synchronized void invalid(int spans) {
    invalid += spans;
    dirty |= spans > 0;
  }

  synchronized void refusedRequest() {
    refusedRequests++;
    dirty = true;
  }

  synchronized void unacknowledged(long spans) {
    unacknowledged += spans;
    dirty = true;
  }

  synchronized LinkMessage.Report report() {
    return new LinkMessage.Report(
        acknowledged,
        accepted,
        covered,
        resent,
        invalid,
        busy,
        damaged,
        unacknowledged,
        refusedRequests,
        currentEpoch);
  }

  /// Saves it when that is due.
  synchronized void tick(long nowNanos) {
    if (dirty && Math.abs(nowNanos - savedNanos) >= SAVE_NANOS) {
      savedNanos = nowNanos;
      save();
    }
  }

  /// Saves it, durably. A full disk is no reason to stop: what fills it leaves by and by.
  synchronized void save() {
    if (!dirty) {
      return;
    }
    long oldest = BatchNumbers.epochOf(acknowledged);
    before.headMap(oldest, false).clear();
    while (before.size() > EPOCHS_MAX) {
      before.pollFirstEntry();
    }
    try {
      SmallFiles.replace(disk, FILE, NEW_FILE, bytes());
      dirty = false;
    } catch (IOException full) {
      LOG.debug("The ledger's file stays old: {}", full.toString());
    }
  }

  private ByteBuffer bytes() {
    int bytes = Long.BYTES * 12 + Integer.BYTES * 2 + 2 * Long.BYTES * before.size();
    ByteBuffer file = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(MAGIC).putLong(durable).putLong(accepted).putLong(acknowledged).putLong(covered);
    file.putLong(resent).putLong(invalid).putLong(busy).putLong(damaged).putLong(damagedThrough);
    file.putLong(unacknowledged).putLong(refusedRequests).putInt(before.size());
    before.forEach((epoch, spans) -> file.putLong(epoch).putLong(spans));
    return file.putInt(Checksums.crc32c(file, 0, bytes - Integer.BYTES)).flip();
  }

  private void load() throws IOException {
    if (!disk.names().contains(FILE)) {
      return;
    }
    ByteBuffer file;
    try (DiskFile opened = disk.open(FILE)) {
      file = ByteBuffer.allocate(Math.toIntExact(Math.min(opened.size(), 1 << 20)));
      SegmentWalk.readOrZeros(opened, file, 0);
    }
    file.flip().order(ByteOrder.LITTLE_ENDIAN);
    int crcAt = file.remaining() - Integer.BYTES;
    if (crcAt < Long.BYTES * 12 + Integer.BYTES
        || file.getInt(crcAt) != Checksums.crc32c(file, 0, crcAt)
        || file.getLong() != MAGIC) {
      LOG.warn("The ledger's file is damaged: its counts begin anew");
      return;
    }
    durable = file.getLong();
    accepted = file.getLong();
    acknowledged = file.getLong();
    covered = file.getLong();
    resent = file.getLong();
    invalid = file.getLong();
    busy = file.getLong();
    damaged = file.getLong();
    damagedThrough = file.getLong();
    unacknowledged = file.getLong();
    refusedRequests = file.getLong();
    for (int epochs = file.getInt(); epochs > 0 && file.remaining() > Integer.BYTES; epochs--) {
      before.put(file.getLong(), file.getLong());
    }
  }
}
