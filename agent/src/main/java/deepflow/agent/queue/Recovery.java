package deepflow.agent.queue;

import deepflow.wire.frame.LinkMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out at a start what a queue directory holds. It reads headers, not payloads, and its
/// memory doesn't grow with the queue. Nothing that it finds stops a start.
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /// More starts than this without a segment that is still there are not reckoned with when the
  /// identity file, which counts them, is lost: an epoch must never be used twice.
  private static final long LOST_EPOCHS_MAX = 100_000;

  private final Disk disk;
  private final QueueMetrics metrics;
  private final List<String> names;
  private final Set<Long> unproven = new HashSet<>();
  private PositionFile.Position hint = PositionFile.Position.NONE;

  Recovery(Disk disk, QueueMetrics metrics) throws IOException {
    this.disk = disk;
    this.metrics = metrics;
    names = disk.names().stream().sorted().toList();
  }

  /// Who the queue was at its last start: from the identity file, else from a segment's header.
  /// Else it is a new one, which has the records of the old one if there are any. The epoch is
  /// never below that of any segment.
  QueueIdentity identity(RandomGenerator random) throws IOException {
    QueueIdentity saved = QueueIdentity.load(disk);
    if (saved != null) {
      return saved.withEpoch(Math.max(saved.epoch(), newestEpoch()));
    }
    QueueIdentity rebuilt = fromSegments();
    if (rebuilt == null) {
      rebuilt = fromRecords(random);
    }
    return rebuilt == null
        ? QueueIdentity.random(random)
        : rebuilt.withEpoch(newestEpoch() + LOST_EPOCHS_MAX);
  }

  private long newestEpoch() {
    List<Long> firsts = firsts();
    return firsts.isEmpty() ? 0 : BatchNumbers.epochOf(firsts.getLast());
  }

  private @Nullable QueueIdentity fromSegments() throws IOException {
    for (long first : firsts()) {
      SegmentHeader header = SegmentHeader.read(headOf(first));
      if (header != null) {
        LOG.warn("The identity file is missing or damaged; took the identity of a segment");
        return new QueueIdentity(header.queue(), header.hashSecret(), /* epoch= */ 0);
      }
    }
    return null;
  }

  /// Where each header is damaged, the first records still show the mark by which they are found.
  private @Nullable QueueIdentity fromRecords(RandomGenerator random) throws IOException {
    for (long first : firsts()) {
      ByteBuffer bytes = read(first, SegmentHeader.BYTES, RecordHeader.BYTES);
      if (bytes.remaining() == RecordHeader.BYTES) {
        int mark = bytes.order(ByteOrder.LITTLE_ENDIAN).getInt(0);
        if (RecordHeader.read(bytes, mark) != null) {
          LOG.error(
              "The identity file and the segments' headers are damaged: the server sees another"
                  + " agent, and may get batches again that it has");
          return QueueIdentity.random(random, mark);
        }
      }
    }
    return null;
  }

  /// The segments of the queue, with what they hold.
  ///
  /// @param position a hint of how far the queue was
  Segments segments(QueueIdentity identity, PositionFile.Position position) throws IOException {
    hint = position;
    Segments segments = new Segments(disk, identity.mark());
    List<Long> firsts = firsts();
    for (int i = 0; i < firsts.size(); i++) {
      long first = firsts.get(i);
      if (isLeftAlone(first, identity)) {
        continue;
      }
      long epochEnd = Segments.epochEnd(first);
      long next = i + 1 < firsts.size() ? Math.min(firsts.get(i + 1), epochEnd) : epochEnd;
      keep(scan(identity.mark(), first, next, /* lastOfEpoch= */ next == epochEnd), segments);
    }
    return segments;
  }

  /// Without a record a segment still shows that those before it reached up to it.
  private void keep(Segment segment, Segments segments) throws IOException {
    Segment before = segments.newest();
    boolean isNeeded =
        segment.last >= segment.first
            || (before != null
                && BatchNumbers.epochOf(before.first) == BatchNumbers.epochOf(segment.first));
    if (isNeeded) {
      segments.publish(segment);
    } else {
      disk.delete(segment.name());
    }
  }

  /// Whether a segment is another queue's, or one that only a newer version of the agent can read:
  /// such are neither sent nor removed.
  private boolean isLeftAlone(long first, QueueIdentity identity) throws IOException {
    ByteBuffer head = headOf(first);
    SegmentHeader header = SegmentHeader.read(head);
    if (header != null && !header.queue().equals(identity.queue())) {
      LOG.error("Leaves {} alone: it belongs to queue {}", Segment.nameOf(first), header.queue());
      return true;
    }
    if (SegmentHeader.isOfAnotherVersion(head)) {
      LOG.error("Leaves {} alone: another version of the agent wrote it", Segment.nameOf(first));
      return true;
    }
    return false;
  }

  /// The first numbers of all segments, ascending.
  private List<Long> firsts() {
    return names.stream()
        .map(Segment::firstOf)
        .filter(first -> first > 0 && BatchNumbers.epochOf(first) > 0)
        .sorted()
        .toList();
  }

  private ByteBuffer headOf(long first) throws IOException {
    return read(first, 0, SegmentHeader.BYTES);
  }

  private ByteBuffer read(long first, long offset, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    try (DiskFile file = disk.open(Segment.nameOf(first) + Segment.SUFFIX)) {
      SegmentWalk.readOrZeros(file, bytes, offset);
    }
    return bytes.flip();
  }

  private Segment scan(int mark, long first, long next, boolean lastOfEpoch) throws IOException {
    Segment segment = new Segment(first, /* found= */ true);
    try (DiskFile file = disk.open(segment.name())) {
      long size = file.size();
      SegmentWalk walk = new SegmentWalk(file, mark, first, next);
      while (walk.next(size)) {
        boolean last = lastOfEpoch && walk.position() == size;
        if (!last || finished(file, walk)) {
          segment.add(walk.header(), walk.position());
        }
      }
      if (segment.end < size) {
        cutTail(file, segment, size, lastOfEpoch ? walk.recordsBetween(segment.end, size) : 0);
      }
    }
    segment.last = lastOfEpoch ? Math.max(segment.last, hintFor(first)) : next - 1;
    return segment;
  }

  /// Whether the last record of an epoch was ever finished: if not, nobody was told that it is
  /// safe.
  ///
  /// A finished one is made durable, which it may not be: the process may have ended between write
  /// and sync, or the sync may have failed. Its bytes are written once more, because syncing alone
  /// proves nothing after a failure.
  private boolean finished(DiskFile file, SegmentWalk walk) throws IOException {
    RecordHeader header = walk.header();
    if (header.number() <= hintFor(header.number())) {
      return true;
    }
    ByteBuffer record = ByteBuffer.allocate(Math.toIntExact(header.recordBytes()));
    SegmentWalk.readOrZeros(file, record, walk.recordOffset());
    record.flip();
    if (!intact(header, record.slice(header.payloadOffset(), header.payloadBytes()))) {
      return false;
    }
    try {
      file.write(record, walk.recordOffset());
      file.sync();
    } catch (IOException failed) {
      // It may have been acknowledged, so it stays; but a resend of it must be written again.
      unproven.add(header.number());
      LOG.warn("Could not make the last batch durable once more: {}", failed.toString());
    }
    return true;
  }

  /// Takes away what a crash or a failed write left behind the last whole record, so that it is
  /// judged once only. [Segments#settleEnds] makes that last.
  ///
  /// @param records as many as can be told; several when the disk damaged the headers of all that
  ///   an earlier process wrote
  private void cutTail(DiskFile file, Segment segment, long size, int records) {
    LOG.info("Cuts {} bytes of an unfinished record off {}", size - segment.end, segment.name());
    metrics.cutTails.increment(records);
    try {
      file.truncate(segment.end);
    } catch (IOException failed) {
      LOG.warn("Could not cut {}: {}", segment.name(), failed.toString());
    }
  }

  /// The highest number that was durable in the epoch of `number`, as far as the hint knows. When
  /// the segment ends before it, whoever reads up to there counts the batches in between as
  /// damaged.
  private long hintFor(long number) {
    return hint.durableIn(BatchNumbers.epochOf(number));
  }

  /// Whether a payload is the one that was written for `header`.
  static boolean intact(RecordHeader header, ByteBuffer payload) {
    if (payload.remaining() != header.payloadBytes() || payload.remaining() < Long.BYTES + 4) {
      return false;
    }
    LinkMessage.Batch batch = LinkMessage.batchOf(payload);
    ByteBuffer zstd = batch.zstd();
    return batch.number() == header.number()
        && batch.crc32c() == Checksums.crc32c(zstd, zstd.position(), zstd.remaining());
  }

  /// Fills the memory of hashes from sidecars and segments, and removes sidecars that are too old.
  void hashes(Segments segments, HashMemory memory, long nowNanos, long sinceNanos)
      throws IOException {
    HashSidecar.Sink sink = (high, low, time) -> memory.add(high, low, time, nowNanos);
    for (String name : names) {
      if (name.endsWith(HashSidecar.NEW_SUFFIX)) {
        disk.delete(name);
      } else if (name.endsWith(HashSidecar.SUFFIX)) {
        if (!HashSidecar.read(disk, name, sink)) {
          metrics.forgotten.increment();
          LOG.warn("Goes on without {}: it is damaged", name);
        }
      }
    }
    for (Segment segment : segments.all()) {
      if (segment.newestNanos >= sinceNanos) {
        try (DiskFile file = segments.open(segment)) {
          hashes(file, segments.walk(file, segment), segment.end, sinceNanos, sink);
        }
      }
    }
  }

  private void hashes(
      DiskFile file, SegmentWalk walk, long end, long sinceNanos, HashSidecar.Sink sink)
      throws IOException {
    while (walk.next(end)) {
      RecordHeader header = walk.header();
      if (header.sealedNanos() >= sinceNanos) {
        boolean taken =
            !unproven.contains(header.number())
                && HashSidecar.hashesOf(file, header, walk.recordOffset(), sink);
        if (!taken) {
          metrics.forgotten.increment();
        }
      }
    }
  }
}
