package deepflow.agent.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Reads a queue's batches in order while the queue is written. Passes over what the disk damaged,
/// and counts it. For one thread, which must not be interrupted: Java would close the files.
public final class BatchCursor implements AutoCloseable {
  private static final int RETAINED_BYTES_MAX = 16 << 20;
  private static final int GRANULARITY = 64 << 10;

  private final DurableQueue queue;
  private final RecordCursor records;
  private ByteBuffer buffer = ByteBuffer.allocateDirect(GRANULARITY);

  BatchCursor(DurableQueue queue, RecordCursor records) {
    this.queue = queue;
    this.records = records;
  }

  /// Makes [#next] give the first batch with a number above `number`.
  public void seek(long number) throws IOException {
    records.seek(number);
  }

  /// The next batch, or null when none became durable within `timeout`.
  public @Nullable StoredBatch next(Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      // Seen before looking, so that a batch that comes in between ends the wait at once.
      long seen = queue.readable();
      StoredBatch batch = next();
      if (batch != null) {
        return batch;
      }
      if (!queue.awaitDurable(seen, deadline - System.nanoTime())) {
        return null;
      }
    }
  }

  private @Nullable StoredBatch next() throws IOException {
    while (records.next()) {
      RecordHeader header = records.header();
      ByteBuffer payload = room(header.payloadBytes());
      records.readPayload(payload);
      if (Recovery.intact(header, payload.flip())) {
        return new StoredBatch(header.number(), header.spans(), payload.asReadOnlyBuffer());
      }
      records.damaged();
    }
    return null;
  }

  private ByteBuffer room(int bytes) {
    if (buffer.capacity() < bytes || buffer.capacity() > Math.max(bytes, RETAINED_BYTES_MAX)) {
      buffer = ByteBuffer.allocateDirect((bytes / GRANULARITY + 1) * GRANULARITY);
    }
    return buffer.clear().limit(bytes);
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
