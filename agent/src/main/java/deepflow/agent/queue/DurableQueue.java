package deepflow.agent.queue;

import deepflow.wire.frame.BatchWriter;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps entries on disk until the server has them; `package-info` has the files.
///
/// One thread writes: it takes all entries that wait, seals them into one batch, appends the batch
/// to a segment, syncs once and then answers them all. Readers go through a [BatchCursor].
public final class DurableQueue implements Intake, AutoCloseable {
  /// The largest request that an entry may hold, with room for what is added to it, as a rule:
  /// [#holds] knows.
  public static final int REQUEST_BYTES_MAX = Waiting.ENTRY_BYTES_MAX - (1 << 20);

  private static final Logger LOG = LoggerFactory.getLogger(DurableQueue.class);

  private final Disk disk;
  private final QueueIdentity identity;
  private final Segments segments;
  private final QueueMetrics metrics;
  private final Waiting waiting;
  private final GroupCommit commit;
  private final Retirement retirement;
  private final StoreFile store;
  private final SentFile sent;
  private final SetBack setBack;
  private final Damage damage;
  private final long capacityBytes;
  private final Ledger ledger;
  private final Instants instants;
  private @Nullable Thread writer;

  /// A queue whose writer is not started. Closes `disk` and `batch` when it is closed.
  DurableQueue(
      Disk disk,
      QueueConfig config,
      BatchWriter batch,
      Clock clock,
      RandomGenerator random,
      MeterRegistry registry)
      throws IOException {
    this.disk = disk;
    metrics = new QueueMetrics(registry);
    Recovery recovery = new Recovery(disk, metrics);
    QueueIdentity before = recovery.identity(random);
    identity = before.withEpoch(before.epoch() + 1);
    PositionFile position = new PositionFile(disk, identity.queue());
    PositionFile.Position hint = position.load();
    segments = recovery.segments(identity, hint);
    instants = new Instants(clock);
    capacityBytes = config.capacityBytes();
    long rememberNanos = config.remember().toNanos();
    HashMemory memory = new HashMemory(rememberNanos, config.rememberedMax());
    long now = instants.nanos();
    recovery.hashes(segments, memory, now, now - rememberNanos);
    ledger = Ledger.open(disk, segments, identity.epoch());
    waiting = new Waiting(config, segments, memory, instants, metrics, ledger);
    commit = new GroupCommit(disk, identity, segments, config, batch, instants, metrics, ledger);
    retirement =
        new Retirement(disk, segments, commit, position, hint, instants, config, metrics, ledger);
    store = new StoreFile(disk);
    sent = new SentFile(disk, identity.queue());
    setBack = new SetBack(disk);
    if (before.epoch() == 0 && segments.oldest() == null) {
      sent.save(0);
    }
    refuseWhenSetBack();
    damage = new Damage(metrics, ledger);
    commit.begin();
    gauges(config);
  }

  /// Opens the queue in `directory`, which is made when it is missing, and starts its writer.
  ///
  /// @throws QueueInUseException when another agent has it open
  /// @throws IOException when the directory can't be used at all; damage in it is no reason
  public static DurableQueue open(
      Path directory, QueueConfig config, Clock clock, MeterRegistry registry) throws IOException {
    RealDisk disk = RealDisk.open(directory);
    BatchWriter batch = new BatchWriter();
    try {
      DurableQueue queue =
          new DurableQueue(disk, config, batch, clock, new SecureRandom(), registry);
      queue.start();
      return queue;
    } catch (IOException | RuntimeException failed) {
      batch.close();
      disk.close();
      throw failed;
    }
  }

  /// Whether an entry can ever be taken.
  ///
  /// @param requestBytes of its request, with all that was added to it
  /// @param bitmapBytes of its bitmap
  public static boolean holds(int requestBytes, int bitmapBytes) {
    return BatchWriter.entryBytes(requestBytes, bitmapBytes) <= Waiting.ENTRY_BYTES_MAX;
  }

  private void start() {
    writer = Thread.ofPlatform().name("queue-writer").daemon().start(this::writeUntilClosed);
  }

  private void writeUntilClosed() {
    try {
      while (waiting.await()) {
        writeGroup();
      }
    } catch (RuntimeException | Error bug) {
      LOG.error("The queue's writer stopped: nothing is accepted any more", bug);
      waiting.close("the agent's queue stopped after an internal error; see its log");
      throw bug;
    }
  }

  /// Makes one batch of what waits and answers its entries; false when nothing waited.
  boolean writeGroup() {
    Group group = waiting.take();
    if (group.isEmpty()) {
      return false;
    }
    Admission admission;
    try {
      Admission never = waiting.undeliverable();
      admission = never == null ? commit.commit(group) : never;
    } catch (RuntimeException | Error bug) {
      waiting.settle(group, GroupCommit.internalError());
      throw bug;
    }
    waiting.settle(group, admission);
    return true;
  }

  @Override
  public CompletableFuture<Admission> offer(Entry entry) {
    return waiting.offer(entry);
  }

  @Override
  public void refused(int spans) {
    ledger.invalid(spans);
  }

  @Override
  public void busy(int spans) {
    ledger.busy(spans);
  }

  @Override
  public void refusedRequest() {
    ledger.refusedRequest();
  }

  @Override
  public long hashSecret() {
    return identity.hashSecret();
  }

  /// What became of all spans that came to this directory; kept over restarts.
  public LinkMessage.Report report() {
    saveLedger();
    return ledger.report();
  }

  /// Saves that, when it is due.
  public void saveLedger() {
    ledger.tick(instants.nanos());
  }

  /// Spans went to a server that acknowledges nothing.
  public void sentUnacknowledged(long spans) {
    ledger.unacknowledged(spans);
  }

  /// Names this queue directory.
  public Identity identity() {
    return identity.queue();
  }

  /// How often this queue was opened; grows with each start.
  public long epoch() {
    return identity.epoch();
  }

  /// The lowest number that the queue may hold; the next to be given when it is empty.
  public long oldest() {
    Segment oldest = segments.oldest();
    return oldest == null ? commit.next() : oldest.first;
  }

  /// The highest number that is or was durable here; 0 when none is known.
  public long durable() {
    return commit.durable();
  }

  /// Whether this queue can have sent a batch of that number: in an earlier epoch, of which not
  /// everything need be here any more, or in this one. In none in which it never sent: what the
  /// server has of such a one another copy of the directory gave.
  public boolean mayHaveSent(long number) {
    long epoch = BatchNumbers.epochOf(number);
    return sent.covers(epoch) && (number <= durable() || epoch < epoch());
  }

  /// Batches are about to be sent. Kept, so that a later start believes a server that has them.
  public void sends() {
    sent.save(epoch());
  }

  /// The server has batch `number`, which this queue can't have sent. For good nothing is taken any
  /// more, since the same numbers would go to other batches, which the server takes for repeated.
  public void setBack(long number) {
    setBack.found(number);
    refuseWhenSetBack();
  }

  /// What happened and what to do, when that was ever called on this directory; else null.
  public @Nullable String setBackReason() {
    return setBack.reason();
  }

  private void refuseWhenSetBack() {
    String reason = setBack.reason();
    if (reason != null) {
      waiting.refuseForGood(reason);
    }
  }

  /// Why nothing can be accepted now, for `/ready`; null when it can.
  public @Nullable String notReady() {
    return waiting.refusal();
  }

  /// What it holds now.
  public QueueState state() {
    return new QueueState(
        segments.bytes(),
        capacityBytes,
        (long) segments.unacknowledgedSpans(),
        (long) retirement.oldestAgeSeconds(instants.nanos()));
  }

  /// A reader at the beginning of what is held.
  public BatchCursor cursor() {
    return new BatchCursor(this, new RecordCursor(segments, damage));
  }

  /// The server has all batches up to `committed`: removes segments that only hold such. A number
  /// that was never given out is taken for the highest that was. For one thread at a time.
  ///
  /// @throws IOException when a segment could not be removed; it is tried again the next time
  public void acknowledge(long committed) throws IOException {
    retirement.acknowledge(Math.min(committed, durable()));
  }

  /// The highest number that the server is known to have; 0 when unknown.
  public long acknowledged() {
    return retirement.acknowledged();
  }

  /// The store that this queue sends to, or null when it has not met one. Kept in the file `store`;
  /// who deletes the file lets the queue send to another store.
  public @Nullable Identity store() throws IOException {
    return store.load();
  }

  /// Keeps the name of the store that this queue sends to.
  public void rememberStore(Identity identity) throws IOException {
    store.save(identity);
  }

  /// The highest number that a cursor can find.
  long readable() {
    return commit.readable();
  }

  /// Waits until a cursor can find a batch above `seen`; false when `nanos` passed or the queue
  /// closed.
  boolean awaitDurable(long seen, long nanos) {
    return commit.awaitDurable(seen, nanos);
  }

  private void gauges(QueueConfig config) {
    metrics.gauge("bytes", "Bytes on disk", segments, Segments::bytes);
    metrics.gauge(
        "capacity.bytes", "Hard cap of bytes on disk", config, QueueConfig::capacityBytes);
    metrics.gauge("waiting.bytes", "Bytes that wait for the disk", waiting, Waiting::bytes);
    metrics.gauge(
        "batches",
        "Batches that the server doesn't have",
        segments,
        Segments::unacknowledgedBatches);
    metrics.gauge(
        "spans", "Spans that the server doesn't have", segments, Segments::unacknowledgedSpans);
    metrics.gauge(
        "oldest.age.seconds",
        "Age of the oldest batch that the server doesn't have",
        retirement,
        source -> source.oldestAgeSeconds(instants.nanos()));
  }

  /// Refuses new entries, makes those that wait durable and answers them, and lets the directory
  /// go.
  @Override
  public void close() throws IOException {
    waiting.close("the agent is stopping");
    if (writer != null) {
      Uninterruptibles.join(writer);
    }
    while (writeGroup()) {
      // What came between the writer's last look and its end.
    }
    commit.close();
    retirement.close();
    ledger.save();
    disk.close();
  }
}
