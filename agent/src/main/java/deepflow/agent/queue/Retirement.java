package deepflow.agent.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows what the server has: counts it, and removes segments of which it has everything.
final class Retirement {
  private static final Logger LOG = LoggerFactory.getLogger(Retirement.class);
  private static final long SAVE_NANOS = 1_000_000_000L;
  private static final double NANOS = 1e9;

  private final Disk disk;
  private final Segments segments;
  private final GroupCommit commit;
  private final PositionFile position;
  private final Instants instants;
  private final QueueMetrics metrics;
  private final Ledger ledger;
  private final long rememberNanos;
  private final int rememberedMax;

  /// Stands on the first record that the server doesn't have, or behind the last.
  private final RecordCursor cursor;

  private boolean onRecord;
  private long acknowledged;
  private long counted;
  private boolean behind;
  private long savedNanos;

  Retirement(
      Disk disk,
      Segments segments,
      GroupCommit commit,
      PositionFile position,
      PositionFile.Position hint,
      Instants instants,
      QueueConfig config,
      QueueMetrics metrics,
      Ledger ledger)
      throws IOException {
    this.disk = disk;
    this.segments = segments;
    this.commit = commit;
    this.position = position;
    this.instants = instants;
    this.metrics = metrics;
    this.ledger = ledger;
    rememberNanos = config.remember().toNanos();
    rememberedMax = config.rememberedMax();
    cursor = new RecordCursor(segments, /* damage= */ null);
    count(Math.min(hint.committed(), commit.durable()));
  }

  synchronized void acknowledge(long committed) throws IOException {
    if (committed > acknowledged || behind) {
      count(Math.max(committed, acknowledged));
    }
    // What this acknowledgement covers, not what was covered once: a server that was set back
    // gets everything that is still here.
    for (Segment segment : segments.retirable(committed, commit.active())) {
      retire(segment);
    }
    long now = instants.nanos();
    if (Math.abs(now - savedNanos) >= SAVE_NANOS) {
      savedNanos = now;
      position.save(acknowledged, commit.durable());
    }
  }

  synchronized long acknowledged() {
    return acknowledged;
  }

  /// Walks to the first record above `committed`.
  private void count(long committed) throws IOException {
    acknowledged = committed;
    behind = true;
    while (look() && cursor.header().number() <= committed) {
      Segment segment = cursor.segment();
      segment.acknowledged(cursor.header());
      ledger.acknowledged(cursor.header());
      counted = cursor.header().number();
      onRecord = false;
    }
    behind = false;
  }

  /// Where a record can't be read, the walk goes on from there the next time, in a file that is
  /// opened anew: an interrupt closes the old one.
  private boolean look() throws IOException {
    try {
      onRecord = onRecord || cursor.next();
      return onRecord;
    } catch (IOException unreadable) {
      cursor.seek(counted);
      throw unreadable;
    }
  }

  synchronized double oldestAgeSeconds(long nowNanos) {
    try {
      return look() ? Math.max(0, nowNanos - cursor.header().sealedNanos()) / NANOS : 0;
    } catch (IOException unreadable) {
      return Double.NaN;
    }
  }

  private void retire(Segment segment) throws IOException {
    long now = instants.nanos();
    ByteBuffer hashes = null;
    if (now - segment.newestNanos < rememberNanos) {
      hashes = HashSidecar.of(segments, segment, now - rememberNanos, rememberedMax);
      hashes = written(segment, hashes) ? null : hashes;
    }
    // From its records the ledger could be counted anew so far.
    ledger.save();
    // The segment before must be gone for good first: a record that was refused after it was
    // written is told from a good one by the segment that follows it.
    disk.sync();
    disk.delete(segment.name());
    segments.forget(segment);
    // On a full disk there was no room for the sidecar until the segment was gone.
    if (hashes != null && !written(segment, hashes)) {
      metrics.forgotten.increment();
      LOG.warn("Resends of what was in {} are not recognised after a restart", segment.name());
    }
    removeOldSidecars(now);
  }

  private boolean written(Segment segment, ByteBuffer hashes) {
    try {
      HashSidecar.write(disk, segment, hashes);
      return true;
    } catch (IOException failed) {
      LOG.debug("No sidecar for {}: {}", segment.name(), failed.toString());
      return false;
    }
  }

  private void removeOldSidecars(long now) throws IOException {
    for (String name : disk.names()) {
      if (name.endsWith(HashSidecar.SUFFIX) && expired(name, now)) {
        disk.delete(name);
      }
    }
  }

  private boolean expired(String name, long now) {
    try {
      return now - HashSidecar.newestNanos(disk, name) > rememberNanos;
    } catch (IOException unreadable) {
      return false;
    }
  }

  synchronized void close() throws IOException {
    cursor.close();
    position.save(acknowledged, commit.durable());
  }
}
