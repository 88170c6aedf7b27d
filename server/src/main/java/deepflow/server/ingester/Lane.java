package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.ingester.BlockMaker.Sealed;
import deepflow.server.ingester.Waiting.Care;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.receive.ReceivedBatch;
import deepflow.server.ingester.receive.Session;
import deepflow.server.storage.BlockId;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoredBlock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
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
///
/// A block that can't be made, or that the store can't take, has a batch that brings out a bug or
/// needs too much memory. The lane begins again then with all that is not stored: each batch of
/// that block gets a block of its own, and the one that breaks that as well is set aside.
final class Lane {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

  /// Blocks that are being encoded or stored.
  private static final int BLOCKS = 2;

  /// From one block to the next, in units of [IngesterConfig#flushAfter], while the store is idle:
  /// of a trickle, and of so many spans that it pays to wait for more.
  private static final int SPACING = 3;

  private static final int LONG_SPACING = 10;
  private static final int MANY_ROWS = 2_000;

  private final IngesterConfig config;
  private final Store store;
  private final Supplier<Draft> drafts;
  private final SetAside aside;
  private final IngestMetrics metrics;
  private final InstantSource clock;
  private final Consumer<Throwable> bug;
  private final BlockStorer blockStorer;
  private final Thread maker;
  private final Thread storer;

  /// Guards all below.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
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

  /// The batches of a block that broke, until the maker begins again with them.
  private List<Waiting> broken = List.of();

  Lane(
      int number,
      IngesterConfig config,
      Store store,
      Supplier<Draft> drafts,
      SetAside aside,
      IngestMetrics metrics,
      InstantSource clock,
      Consumer<Throwable> bug) {
    this.config = config;
    this.store = store;
    this.drafts = drafts;
    this.aside = aside;
    this.metrics = metrics;
    this.clock = clock;
    this.bug = bug;
    blockStorer = new BlockStorer(store, metrics, config.memoryWaitMax());
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
      queue.add(Waiting.of(batch));
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
    boolean complete = false;
    while (!complete) {
      try (BlockMaker blocks = begin()) {
        complete = make(blocks);
        if (!complete) {
          beginAgain(blocks.batches());
        }
      }
    }
    endMaking();
  }

  /// What the heap lacks now, others may give back: no batch is at fault yet.
  private BlockMaker begin() throws InterruptedException {
    Pauses pauses = BlockStorer.retries();
    while (true) {
      try {
        makeFreeBlocks();
        return new BlockMaker(drafts.get(), aside);
      } catch (OutOfMemoryError e) {
        Duration pause = pauses.afterFailure();
        LOG.warn("no memory to make blocks in, again in {}: {}", pause, e.toString());
        Thread.sleep(pause);
      }
    }
  }

  /// @return false when a block broke
  private boolean make(BlockMaker blocks) throws InterruptedException {
    try {
      while (true) {
        Waiting batch = next(blocks);
        if (batch != null) {
          blocks.add(batch);
        } else if (isBroken()) {
          return false;
        } else if (blocks.isEmpty()) {
          return awaitStored();
        } else if (!seal(blocks)) {
          return false;
        }
      }
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError failure) {
      if (blocks.isEmpty()) {
        throw failure;
      }
      if (awaitStored()) {
        if (!mayBreak(blocks.batches().getFirst().care())) {
          throw failure;
        }
        breakBlock(blocks.batches(), failure);
      }
      return false;
    }
  }

  private boolean isBroken() {
    lock.lock();
    try {
      return !broken.isEmpty();
    } finally {
      lock.unlock();
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

  private void makeFreeBlocks() {
    lock.lock();
    try {
      free.clear();
      for (int i = 0; i < BLOCKS; i++) {
        free.add(store.emptyBlock());
      }
    } finally {
      lock.unlock();
    }
  }

  /// Puts all that is not stored back to where it came from. The storer waits meanwhile.
  ///
  /// @param drafted of the block that was being made
  private void beginAgain(List<Waiting> drafted) {
    lock.lock();
    try {
      List<Waiting> again = new ArrayList<>(broken.stream().map(Waiting::withMoreCare).toList());
      for (Sealed block : sealed) {
        store.forget(block.block().id());
        again.addAll(block.batches());
      }
      if (!drafted.equals(broken)) {
        again.addAll(drafted);
      }
      for (Waiting waiting : again.reversed()) {
        queue.addFirst(waiting);
        queuedBytes += waiting.batch().content().bytes();
      }
      sealed.clear();
      unstored = 0;
      broken = List.of();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Whether a block may be given up: not when it would take a third batch in a row, since it isn't
  /// the batches then.
  private boolean mayBreak(Care care) {
    return switch (care) {
      case TOGETHER -> true;
      case ALONE -> aside.reserve();
      case ASIDE -> false;
    };
  }

  /// Each of its batches gets more care.
  private void breakBlock(List<Waiting> batches, Throwable failure) {
    Waiting first = batches.getFirst();
    LOG.error(
        "can't store a block of {} batches, the first of which is {} of agent {}: {}",
        batches.size(),
        first.batch().number(),
        first.batch().session().agent(),
        first.isTogether() ? "each gets a block of its own" : "it is set aside",
        failure);
    lock.lock();
    try {
      broken = batches;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The next batch for the block, or null when it is to be sealed, or another one broke; with an
  /// empty block null means the end.
  private @Nullable Waiting next(BlockMaker blocks) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        if (!broken.isEmpty()) {
          return null;
        }
        if (!isFull(blocks) && !queue.isEmpty()) {
          return take(blocks);
        }
        if (mustSeal(blocks)) {
          return null;
        }
        if (blocks.isEmpty() || unstored > 0) {
          changed.await();
        } else {
          boolean _ = changed.await(Math.max(1, waitNanos(blocks)), TimeUnit.NANOSECONDS);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private Waiting take(BlockMaker blocks) {
    Waiting waiting = queue.remove();
    queuedBytes -= waiting.batch().content().bytes();
    if (blocks.isEmpty()) {
      draftSinceNanos = System.nanoTime();
    }
    changed.signalAll();
    return waiting;
  }

  private boolean isFull(BlockMaker blocks) {
    Waiting next = queue.peek();
    return blocks.spans() >= config.blockRows()
        || blocks.bytes() >= config.blockBytes()
        || !blocks.takesMore()
        || (!blocks.isEmpty() && next != null && !next.isTogether());
  }

  private boolean mustSeal(BlockMaker blocks) {
    if (blocks.isEmpty()) {
      return draining;
    }
    return isFull(blocks) || draining || (unstored == 0 && waitNanos(blocks) <= 0);
  }

  /// A block costs some 40 ms of CPU however small it is, and its parts are merged more often the
  /// more there are: blocks keep a distance.
  private long waitNanos(BlockMaker blocks) {
    long now = System.nanoTime();
    long flush = config.flushAfter().toNanos();
    long spacing = blocks.spans() < MANY_ROWS ? SPACING : LONG_SPACING;
    return Math.max(flush - (now - draftSinceNanos), spacing * flush - (now - sealedNanos));
  }

  /// @return false when a block broke
  private boolean seal(BlockMaker blocks) throws InterruptedException {
    StoredBlock block = awaitFree();
    if (block == null) {
      return false;
    }
    BlockId id = store.nextBlock();
    boolean complete = false;
    try {
      block.begin(id);
      add(blocks.seal(block));
      complete = true;
    } finally {
      if (!complete) {
        store.forget(id);
      }
    }
    return true;
  }

  private void add(Sealed block) {
    lock.lock();
    try {
      sealedNanos = System.nanoTime();
      sealed.add(block);
      unstored++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Null when a block broke.
  private @Nullable StoredBlock awaitFree() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (free.isEmpty() && broken.isEmpty()) {
        changed.await();
      }
      return broken.isEmpty() ? free.remove() : null;
    } finally {
      lock.unlock();
    }
  }

  /// Waits until the blocks that are made are stored.
  ///
  /// @return false when one of them broke
  private boolean awaitStored() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (unstored > 0 && broken.isEmpty()) {
        changed.await();
      }
      return broken.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private void store() throws InterruptedException, ClickHouseException {
    while (true) {
      Sealed next = awaitSealed();
      if (next == null) {
        return;
      }
      Instant start = clock.instant();
      Optional<Throwable> failure = blockStorer.store(next, () -> mayBreak(next.care()));
      if (failure.isPresent()) {
        store.forget(next.block().id());
        breakBlock(next.batches(), failure.get());
      } else {
        metrics.committed(next, start, clock.instant());
        acknowledge(next);
        release(next);
      }
    }
  }

  private void acknowledge(Sealed stored) {
    if (stored.block().spans().block().rows() > 0) {
      aside.stored();
    }
    var last = new LinkedHashMap<Session, Long>();
    stored.batches().forEach(of -> last.put(of.batch().session(), of.batch().number()));
    last.forEach(Session::commit);
  }

  private @Nullable Sealed awaitSealed() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (sealed.isEmpty() || !broken.isEmpty()) {
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

  private void release(Sealed stored) {
    lock.lock();
    try {
      unstored--;
      free.add(stored.block());
      changed.signalAll();
    } finally {
      lock.unlock();
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
