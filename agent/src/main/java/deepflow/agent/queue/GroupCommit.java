package deepflow.agent.queue;

import deepflow.wire.frame.BatchWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes groups of entries durable, each as one batch. [#commit] is for one thread.
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
  private static final Duration DISK_RETRY = Duration.ofSeconds(2);
  private static final Duration FULL_RETRY = Duration.ofSeconds(5);
  private static final int HEAD_BYTES = 4 << 10;

  private final Disk disk;
  private final QueueIdentity identity;
  private final Segments segments;
  private final QueueConfig config;
  private final Instants instants;
  private final QueueMetrics metrics;
  private final Ledger ledger;
  private final SegmentWriter writer;
  private final BatchWriter batch;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moreDurable = lock.newCondition();
  private ByteBuffer head = direct(HEAD_BYTES);
  private boolean epochBegun;
  private boolean failing;
  private volatile boolean closed;
  private volatile long next;
  private volatile long durable;
  private volatile long readable;
  private long spansBefore;

  /// @param batch is closed with this
  GroupCommit(
      Disk disk,
      QueueIdentity identity,
      Segments segments,
      QueueConfig config,
      BatchWriter batch,
      Instants instants,
      QueueMetrics metrics,
      Ledger ledger) {
    this.disk = disk;
    this.batch = batch;
    this.identity = identity;
    this.segments = segments;
    this.config = config;
    this.instants = instants;
    this.metrics = metrics;
    this.ledger = ledger;
    writer = new SegmentWriter(disk, identity, segments, config.segmentBytes(), metrics);
    Segment newest = segments.newest();
    durable = newest == null ? 0 : newest.last;
    readable = durable;
    next = BatchNumbers.first(identity.epoch());
  }

  /// Begins the epoch on disk. On a full disk that is put off until the first batch, so that the
  /// server can still be given what makes the disk full.
  void begin() throws IOException {
    try {
      beginEpoch();
    } catch (IOException failed) {
      if (segments.oldest() == null) {
        throw failed;
      }
      LOG.warn("Starts although the queue directory can't be written to: {}", failed.toString());
    }
  }

  private void beginEpoch() throws IOException {
    if (!epochBegun) {
      identity.save(disk);
      segments.settleEnds();
      epochBegun = true;
    }
  }

  /// Seals a group into one batch and makes it durable.
  Admission commit(Group group) {
    try {
      beginEpoch();
      for (Group.Offer offer : group.offers()) {
        append(offer.entry());
      }
      long number = next;
      ByteBuffer payload = batch.seal(number);
      RecordHeader header = header(group, number, payload.remaining());
      if (segments.bytes() + header.recordBytes() > config.capacityBytes()) {
        return new Admission.Busy(FULL_RETRY, "the agent's queue is full; it waits for the server");
      }
      header.writeTo(head, identity.mark());
      writer.append(header, head, payload);
      committed(header);
      return new Admission.Durable(number);
    } catch (IOException failed) {
      return failed(failed);
    } finally {
      batch.clear();
    }
  }

  private void append(Entry entry) {
    batch.append(
        entry.request(),
        entry.offset(),
        entry.length(),
        entry.receivedNanos(),
        entry.sender(),
        entry.hostIpAdded());
  }

  /// Makes `head` hold the record's hashes, behind room for the header that it returns.
  private RecordHeader header(Group group, long number, int payloadBytes) {
    int hashBytes = RecordHeader.HASH_BYTES * group.offers().size();
    if (head.capacity() < RecordHeader.BYTES + hashBytes) {
      head = direct(2 * (RecordHeader.BYTES + hashBytes));
    }
    head.clear().position(RecordHeader.BYTES);
    for (Group.Offer offer : group.offers()) {
      head.putLong(offer.entry().hash().high()).putLong(offer.entry().hash().low());
    }
    head.flip();
    return new RecordHeader(
        payloadBytes,
        number,
        instants.nanos(),
        spansBefore,
        group.spans(),
        group.offers().size(),
        Checksums.crc32c(head, RecordHeader.BYTES, hashBytes));
  }

  private void committed(RecordHeader header) {
    spansBefore += header.spans();
    next = header.number() + 1;
    metrics.durableBatches.increment();
    metrics.durableSpans.increment(header.spans());
    if (failing) {
      failing = false;
      LOG.info("The queue can be written to again");
    }
    // First the number, then the record: whoever reads a record finds its number durable.
    durable = header.number();
    ledger.durable(header);
    writer.publish(header);
    lock.lock();
    try {
      readable = header.number();
      moreDurable.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Admission failed(IOException failed) {
    metrics.writeErrors.increment();
    if (!failing) {
      failing = true;
      LOG.error("The queue can't be written to; senders are told to keep their data", failed);
    }
    return new Admission.Busy(
        DISK_RETRY, "the agent's disk is full or failing: %s".formatted(failed.getMessage()));
  }

  static Admission internalError() {
    return new Admission.Busy(DISK_RETRY, "internal error in the agent's queue; see its log");
  }

  /// The highest number that was ever durable; 0 when none was.
  long durable() {
    return durable;
  }

  /// The number that the next batch will get.
  long next() {
    return next;
  }

  @Nullable Segment active() {
    return writer.active();
  }

  /// The highest number that readers can see.
  long readable() {
    return readable;
  }

  /// Waits until readers can see a number above `seen`.
  boolean awaitDurable(long seen, long nanos) {
    long deadline = System.nanoTime() + nanos;
    lock.lock();
    try {
      while (readable <= seen && !closed) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        moreDurable.await(left, TimeUnit.NANOSECONDS);
      }
      return readable > seen;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      moreDurable.signalAll();
    } finally {
      lock.unlock();
    }
    writer.close();
    batch.close();
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
