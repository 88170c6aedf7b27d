package deepflow.agent.queue;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Goes from record to record through all segments, while they are written, rolled and retired, and
/// tells [Damage] of the numbers that are missing on the way. For one thread.
final class RecordCursor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordCursor.class);

  private final Segments segments;
  private final @Nullable Damage damage;
  private @Nullable Segment segment;
  private @Nullable DiskFile file;
  private @Nullable SegmentWalk walk;
  private long after;
  private long expected;
  private long expectedSpansBefore = -1;

  /// @param damage is told of missing batches; null when somebody else walks the same way
  RecordCursor(Segments segments, @Nullable Damage damage) {
    this.segments = segments;
    this.damage = damage;
  }

  /// Makes [#next] move to the first record with a number above `number`.
  void seek(long number) throws IOException {
    close();
    after = number;
    expectedSpansBefore = -1;
  }

  /// Moves to the next record; false when there is none yet.
  boolean next() throws IOException {
    while (segment != null || enter(segments.holding(after + 1))) {
      Segment current = requireNonNull(segment);
      // Asked before the walk: when there is a following segment, this one is complete.
      Segment following = segments.following(current);
      if (nextIn(current)) {
        return true;
      }
      if (following == null) {
        missing(current, current.found ? current.last + 1 : current.first, 0);
        return false;
      }
      leave(current, following);
      enter(following);
    }
    return false;
  }

  /// The segment of the record that [#next] moved to.
  Segment segment() {
    return requireNonNull(segment);
  }

  RecordHeader header() {
    return requireNonNull(walk).header();
  }

  /// Reads the record's payload into `target`, which it fills exactly.
  void readPayload(ByteBuffer target) throws IOException {
    long offset = requireNonNull(walk).recordOffset() + header().payloadOffset();
    SegmentWalk.readOrZeros(requireNonNull(file), target, offset);
  }

  /// The record that [#next] moved to can't be read: counts it.
  void damaged() {
    if (damage != null) {
      damage.lost(segment(), header().number(), header().number(), header().spans());
    }
  }

  @Override
  public void close() throws IOException {
    segment = null;
    walk = null;
    if (file != null) {
      file.close();
      file = null;
    }
  }

  private boolean nextIn(Segment current) throws IOException {
    SegmentWalk records = requireNonNull(walk);
    while (records.next(current.end)) {
      RecordHeader found = records.header();
      if (found.number() > after) {
        long spans = expectedSpansBefore < 0 ? 0 : found.spansBefore() - expectedSpansBefore;
        missing(current, found.number(), spans);
        expected = found.number() + 1;
        expectedSpansBefore = found.spansBefore() + found.spans();
        after = found.number();
        return true;
      }
    }
    return false;
  }

  /// Between what was expected and `number` nothing was found.
  private void missing(Segment current, long number, long spans) {
    if (damage != null && number > expected) {
      damage.lost(current, expected, number - 1, spans);
      expected = number;
    }
  }

  /// What is missing up to the end of a segment is counted with the first record behind it, which
  /// tells how many spans that was; at once when none will.
  private void leave(Segment left, @Nullable Segment following) {
    boolean goesOn = following != null && following.first == left.last + 1;
    if (!goesOn || expectedSpansBefore < 0) {
      missing(left, left.last + 1, 0);
      expectedSpansBefore = -1;
    }
  }

  private boolean enter(@Nullable Segment next) throws IOException {
    close();
    if (next == null) {
      return false;
    }
    if (expectedSpansBefore < 0) {
      expected = Math.max(after + 1, next.first);
    }
    try {
      file = segments.open(next);
    } catch (NoSuchFileException gone) {
      if (segments.holds(next)) {
        LOG.error("Segment {} has vanished from the queue directory", next.name());
        segments.forget(next);
        leave(next, segments.following(next));
      } else {
        expectedSpansBefore = -1;
      }
      return enter(segments.holding(after + 1));
    }
    segment = next;
    walk = segments.walk(requireNonNull(file), next);
    return true;
  }
}
