package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.ingester.receive.ReceivedBatch;
import deepflow.server.ingester.receive.Session;
import deepflow.server.storage.Commit;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Batches of some agents, in their order, into blocks, in their order, into the store: while one
/// block is being stored the next one is made. All of a batch goes into one block.
///
/// | thread | does |
/// |--------|------|
/// | connections | [#put]; wait while the lane is full |
/// | maker | drafts a block until it is full, or old enough while the store is idle; then encodes it |
/// | storer | stores a block, again and again if it must; then acknowledges it |
final class Lane {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

  /// Blocks that are being encoded or stored.
  private static final int BLOCKS = 2;

  /// From one block to the next, in units of [IngesterConfig#flushAfter], while the store is idle:
  /// of a trickle, and of so many spans that it pays to wait for more.
  private static final int SPACING = 3;

  private static final int LONG_SPACING = 10;
  private static final int MANY_ROWS = 2_000;

  private static final Duration RETRY_FIRST = Duration.ofMillis(20);
  private static final Duration RETRY_LAST = Duration.ofSeconds(5);

  private final IngesterConfig config;
  private final Store store;
  private final IngestMetrics metrics;
  private final InstantSource clock;
  private final Consumer<Throwable> bug;
  private final Draft draft;
  private final DraftWriter writer;
  private final SpanEncoder encoder = new SpanEncoder();
  private final Thread maker;
  private final Thread storer;

  /// Guards all below.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private final ArrayDeque<ReceivedBatch> queue = new ArrayDeque<>();
  private long queuedBytes;
  private final ArrayDeque<StoredBlock> free = new ArrayDeque<>();
  private final ArrayDeque<Sealed> sealed = new ArrayDeque<>();
  private int unstored;
  private long draftSinceNanos;
  private long sealedNanos = System.nanoTime();
  private boolean draining;
  private boolean stopped;

  /// No more blocks are made.
  private boolean made;

  /// A block that is ready to be stored, and whom to tell then.
  private record Sealed(StoredBlock block, Map<Identity, Session> sessions, long receivedNanos) {}

  Lane(
      int number,
      IngesterConfig config,
      Store store,
      Supplier<Draft> drafts,
      IngestMetrics metrics,
      InstantSource clock,
      Consumer<Throwable> bug) {
    this.config = config;
    this.store = store;
    this.metrics = metrics;
    this.clock = clock;
    this.bug = bug;
    draft = drafts.get();
    writer = new DraftWriter(draft, metrics);
    for (int i = 0; i < BLOCKS; i++) {
      free.add(store.emptyBlock());
    }
    maker = Thread.ofPlatform().name("make blocks " + number).unstarted(() -> run(this::make));
    storer = Thread.ofPlatform().name("store blocks " + number).unstarted(() -> run(this::store));
  }

  void start() {
    maker.start();
    storer.start();
  }

  private interface Work {
    void run() throws InterruptedException, ClickHouseException;
  }

  private void run(Work work) {
    try {
      work.run();
    } catch (InterruptedException _) {
      LOG.debug("{} was told to stop", Thread.currentThread().getName());
    } catch (Throwable failure) {
      // A bug in here or a store that can't work: nothing may be acknowledged any more.
      bug.accept(failure);
    }
  }

  /// Takes a batch; waits while too much is waiting already.
  void put(ReceivedBatch batch) throws InterruptedException {
    int bytes = batch.content().bytes();
    lock.lockInterruptibly();
    try {
      while (!queue.isEmpty() && queuedBytes + bytes > config.queuedBytesMax()) {
        requireOpen();
        changed.await();
      }
      requireOpen();
      queue.add(batch);
      queuedBytes += bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void requireOpen() throws InterruptedException {
    if (draining || stopped) {
      throw new InterruptedException("the lane is closing");
    }
  }

  private void make() throws InterruptedException {
    var sessions = new HashMap<Identity, Session>();
    try (writer) {
      while (true) {
        ReceivedBatch batch = next();
        if (batch != null) {
          sessions.put(batch.session().agent(), batch.session());
          writer.add(batch);
        } else if (draft.isEmpty()) {
          endMaking();
          return;
        } else {
          seal(Map.copyOf(sessions));
          sessions.clear();
        }
      }
    }
  }

  private void endMaking() {
    lock.lock();
    try {
      made = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The next batch for the draft, or null when the draft is to be sealed; with an empty draft null
  /// means the end.
  private @Nullable ReceivedBatch next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        if (!isFull() && !queue.isEmpty()) {
          return take();
        }
        if (mustSeal()) {
          return null;
        }
        if (draft.isEmpty() || unstored > 0) {
          changed.await();
        } else {
          boolean _ = changed.await(Math.max(1, waitNanos()), TimeUnit.NANOSECONDS);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private ReceivedBatch take() {
    ReceivedBatch batch = queue.remove();
    queuedBytes -= batch.content().bytes();
    if (draft.isEmpty()) {
      draftSinceNanos = System.nanoTime();
    }
    changed.signalAll();
    return batch;
  }

  private boolean isFull() {
    return draft.spans() >= config.blockRows() || draft.bytes() >= config.blockBytes();
  }

  private boolean mustSeal() {
    if (draft.isEmpty()) {
      return draining;
    }
    return isFull() || draining || (unstored == 0 && waitNanos() <= 0);
  }

  /// A block costs some 40 ms of CPU however small it is, and its parts are merged more often the
  /// more there are: blocks keep a distance.
  private long waitNanos() {
    long now = System.nanoTime();
    long flush = config.flushAfter().toNanos();
    long spacing = draft.spans() < MANY_ROWS ? SPACING : LONG_SPACING;
    return Math.max(flush - (now - draftSinceNanos), spacing * flush - (now - sealedNanos));
  }

  private void seal(Map<Identity, Session> sessions) throws InterruptedException {
    StoredBlock block = awaitFree();
    block.begin(store.nextBlock());
    encoder.encode(draft, block);
    block.end(
        commits(draft.batches()),
        draft.batches().stream().flatMap(batch -> batch.refused().stream()).toList());
    metrics.refused(encoder.refused());
    metrics.merged(encoder.merged());
    long received = writer.takeOldestReceived();
    draft.clear();
    sealedNanos = System.nanoTime();
    lock.lock();
    try {
      sealed.add(new Sealed(block, sessions, received));
      unstored++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private StoredBlock awaitFree() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (free.isEmpty()) {
        changed.await();
      }
      return free.remove();
    } finally {
      lock.unlock();
    }
  }

  private static List<Commit> commits(List<Batch> batches) {
    var byAgent = new LinkedHashMap<Identity, List<Batch>>();
    batches.forEach(
        batch -> byAgent.computeIfAbsent(batch.agent(), _ -> new ArrayList<>()).add(batch));
    return byAgent.values().stream().map(Lane::commit).toList();
  }

  /// @param batches of one agent, in their order
  private static Commit commit(List<Batch> batches) {
    Batch last = batches.getLast();
    return new Commit(
        last.agent(),
        last.epoch(),
        batches.getFirst().number(),
        last.number(),
        batches.size(),
        batches.stream().mapToLong(Batch::spans).sum(),
        batches.stream().mapToLong(Batch::refusedSpans).sum());
  }

  private void store() throws InterruptedException, ClickHouseException {
    while (true) {
      Sealed next = awaitSealed();
      if (next == null) {
        return;
      }
      Instant start = clock.instant();
      commit(next.block);
      metrics.committed(next.block, Duration.between(start, clock.instant()));
      if (next.receivedNanos != Long.MAX_VALUE) {
        Instant received = Instant.ofEpochSecond(0, next.receivedNanos);
        metrics.lag(Duration.between(received, clock.instant()));
      }
      for (Commit commit : next.block.commits()) {
        Session session = next.sessions.get(commit.agent());
        if (session != null) {
          session.commit(commit.batchMax());
        }
      }
      release(next.block);
    }
  }

  private @Nullable Sealed awaitSealed() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (sealed.isEmpty()) {
        if (made) {
          return null;
        }
        changed.await();
      }
      return sealed.remove();
    } finally {
      lock.unlock();
    }
  }

  private void release(StoredBlock block) {
    lock.lock();
    try {
      unstored--;
      free.add(block);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Stores a block, however often the store is busy: agents wait meanwhile.
  private void commit(StoredBlock block) throws InterruptedException, ClickHouseException {
    Duration pause = RETRY_FIRST;
    while (store.isTooFarAhead(block.id())) {
      Thread.sleep(RETRY_LAST);
    }
    for (boolean again = false; ; again = true) {
      try {
        store.commit(block, again);
        return;
      } catch (ClickHouseException e) {
        if (e.kind() != ClickHouseException.Kind.BUSY) {
          throw e;
        }
        metrics.retry();
        LOG.warn(
            "block {}: the store is busy, again in {}: {}",
            block.id().number(),
            pause,
            e.getMessage());
        Thread.sleep(pause);
        pause = pause.compareTo(RETRY_LAST) < 0 ? pause.multipliedBy(2) : RETRY_LAST;
      }
    }
  }

  /// Takes no more batches; what was taken is stored.
  void drain() {
    lock.lock();
    try {
      draining = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until all is stored.
  ///
  /// @return false when it took too long
  boolean awaitDrained(Duration max) throws InterruptedException {
    return maker.join(max) && storer.join(max);
  }

  /// Ends the threads at once. What is not stored stays with the agents.
  void stop() throws InterruptedException {
    lock.lock();
    try {
      stopped = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    maker.interrupt();
    storer.interrupt();
    maker.join();
    storer.join();
  }
}
