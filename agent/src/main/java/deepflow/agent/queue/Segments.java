package deepflow.agent.queue;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The segments of a queue, in the order of their numbers. A segment appears here with its first
/// durable record and stays until it is retired. Thread-safe.
final class Segments {
  private final Disk disk;
  private final int mark;
  private final AtomicLong bytes = new AtomicLong();
  private final ConcurrentSkipListMap<Long, Segment> byFirst = new ConcurrentSkipListMap<>();

  Segments(Disk disk, int mark) {
    this.disk = disk;
    this.mark = mark;
  }

  /// Adds a segment that holds a record, or is needed for those before it.
  void publish(Segment segment) {
    bytes.addAndGet(segment.end);
    byFirst.put(segment.first, segment);
  }

  /// A record became durable in `segment`, which is published with its first one.
  void appended(Segment segment, RecordHeader header) {
    boolean fresh = segment.batches == 0;
    segment.add(header, segment.end + header.recordBytes());
    if (fresh) {
      publish(segment);
    } else {
      bytes.addAndGet(header.recordBytes());
    }
  }

  void forget(Segment segment) {
    if (byFirst.remove(segment.first, segment)) {
      bytes.addAndGet(-segment.end);
    }
  }

  boolean holds(Segment segment) {
    return byFirst.get(segment.first) == segment;
  }

  Collection<Segment> all() {
    return byFirst.values();
  }

  /// The segment in which `number` is or would be; the oldest when all begin after it.
  @Nullable Segment holding(long number) {
    Map.Entry<Long, Segment> entry = byFirst.floorEntry(number);
    return value(entry == null ? byFirst.firstEntry() : entry);
  }

  @Nullable Segment following(Segment segment) {
    return value(byFirst.higherEntry(segment.first));
  }

  @Nullable Segment oldest() {
    return value(byFirst.firstEntry());
  }

  @Nullable Segment newest() {
    return value(byFirst.lastEntry());
  }

  /// Those of which the server has every batch and which nobody appends to, oldest first.
  List<Segment> retirable(long committed, @Nullable Segment active) {
    List<Segment> done = new ArrayList<>();
    for (Segment segment : all()) {
      if (segment == active || segment.last > committed) {
        break;
      }
      done.add(segment);
    }
    return done;
  }

  /// Of all segments together.
  long bytes() {
    return bytes.get();
  }

  double unacknowledgedBatches() {
    return all().stream().mapToLong(s -> s.batches - s.acknowledgedBatches).sum();
  }

  double unacknowledgedSpans() {
    return all().stream().mapToLong(s -> s.spans - s.acknowledgedSpans).sum();
  }

  /// Makes it last where earlier epochs end. Behind it lay what was refused, because it could not
  /// be written: its sender may send it again. So nothing is accepted before this, or a power loss
  /// brings back what is then there twice.
  ///
  /// @throws IOException when the disk doesn't let it; call again
  void settleEnds() throws IOException {
    for (Segment segment : all()) {
      if (segment.found && endsEpoch(segment)) {
        settleEnd(segment);
      }
    }
  }

  private boolean endsEpoch(Segment segment) {
    Segment following = following(segment);
    return following == null
        || BatchNumbers.epochOf(following.first) != BatchNumbers.epochOf(segment.first);
  }

  private void settleEnd(Segment segment) throws IOException {
    try (DiskFile file = open(segment)) {
      file.truncate(segment.end);
      file.sync();
    } catch (NoSuchFileException _) {
      // The server has all of it.
    }
  }

  DiskFile open(Segment segment) throws IOException {
    return disk.open(segment.name());
  }

  /// Over what is in the segment as long as its epoch runs.
  SegmentWalk walk(DiskFile file, Segment segment) {
    return new SegmentWalk(file, mark, segment.first, epochEnd(segment.first));
  }

  static long epochEnd(long number) {
    return BatchNumbers.first(BatchNumbers.epochOf(number) + 1);
  }

  private static @Nullable Segment value(Map.@Nullable Entry<Long, Segment> entry) {
    return entry == null ? null : entry.getValue();
  }
}
