package deepflow.agent.queue;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Appends records to the newest segment and makes them durable one by one. For one thread.
final class SegmentWriter {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentWriter.class);

  private final Disk disk;
  private final QueueIdentity identity;
  private final Segments segments;
  private final int segmentBytes;
  private final QueueMetrics metrics;
  private volatile @Nullable Segment active;
  private @Nullable DiskFile file;

  SegmentWriter(
      Disk disk,
      QueueIdentity identity,
      Segments segments,
      int segmentBytes,
      QueueMetrics metrics) {
    this.disk = disk;
    this.identity = identity;
    this.segments = segments;
    this.segmentBytes = segmentBytes;
    this.metrics = metrics;
  }

  /// The segment that is appended to, or null between two.
  @Nullable Segment active() {
    return active;
  }

  /// Appends one record and makes it durable. Readers don't see it before [#publish].
  ///
  /// @param head header and hashes
  /// @throws IOException when it is not durable; it will not be read either, and the segment is not
  ///   written to again
  void append(RecordHeader header, ByteBuffer head, ByteBuffer payload) throws IOException {
    Segment current = active;
    if (current == null || isFull(current, header)) {
      current = roll(header.number());
    }
    try {
      write(current, header, head, payload);
    } catch (IOException | RuntimeException failed) {
      abandon();
      throw failed;
    }
  }

  /// Lets readers see the record that was appended last.
  void publish(RecordHeader header) {
    segments.appended(requireNonNull(active), header);
  }

  private boolean isFull(Segment current, RecordHeader header) {
    return current.batches > 0 && current.end + header.recordBytes() > segmentBytes;
  }

  private void write(Segment current, RecordHeader header, ByteBuffer head, ByteBuffer payload)
      throws IOException {
    DiskFile target = requireNonNull(file);
    target.write(head, current.end);
    target.write(payload, current.end + header.payloadOffset());
    long start = System.nanoTime();
    target.sync();
    if (current.batches == 0) {
      disk.sync();
    }
    metrics.fsync.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
  }

  private Segment roll(long first) throws IOException {
    close();
    Segment next = new Segment(first, /* found= */ false);
    // One of this name exists when it never got a record and couldn't be deleted.
    disk.delete(next.name());
    file = disk.create(next.name());
    active = next;
    try {
      file.write(new SegmentHeader(identity.queue(), identity.hashSecret(), first).toBytes(), 0);
    } catch (IOException failed) {
      abandon();
      throw failed;
    }
    return next;
  }

  /// After a failed write or sync nobody knows what the file holds behind the last durable record:
  /// it is closed for good. The next segment takes the failed record's number, by which recovery
  /// knows that the record here doesn't count.
  private void abandon() {
    Segment failed = requireNonNull(active);
    try {
      requireNonNull(file).truncate(failed.end);
    } catch (IOException e) {
      LOG.debug("Could not cut {}: {}", failed.name(), e.toString());
    }
    close();
    if (failed.batches == 0) {
      try {
        disk.delete(failed.name());
      } catch (IOException e) {
        LOG.debug("Could not delete {}: {}", failed.name(), e.toString());
      }
    }
  }

  void close() {
    active = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.debug("Closing a segment: {}", e.toString());
      }
      file = null;
    }
  }
}
