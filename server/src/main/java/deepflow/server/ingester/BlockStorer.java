package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ClickHouseException.Kind;
import deepflow.server.ingester.BlockMaker.Sealed;
import deepflow.server.ingester.Waiting.Care;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoredBlock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores blocks, each as often as it takes: agents wait meanwhile.
final class BlockStorer {
  private static final Logger LOG = LoggerFactory.getLogger(BlockStorer.class);
  private static final Duration RETRY_FIRST = Duration.ofMillis(20);
  private static final Duration RETRY_LAST = Duration.ofSeconds(5);

  /// A batch that has a block of its own may lack memory for longer: it can't be made smaller.
  private static final int ALONE_LONGER = 5;

  private final Store store;
  private final IngestMetrics metrics;
  private final Duration memoryWaitMax;

  /// @param memoryWaitMax how long a block of several batches may lack memory in the engine
  BlockStorer(Store store, IngestMetrics metrics, Duration memoryWaitMax) {
    this.store = store;
    this.metrics = metrics;
    this.memoryWaitMax = memoryWaitMax;
  }

  /// Stores a block, or gives it up: when it is certain that nothing of it is stored or ever will
  /// be.
  ///
  /// @param mayGiveUp asked before it is given up
  /// @return nothing when it is stored; or why it can't be
  /// @throws ClickHouseException when the store can't work
  Optional<Throwable> store(Sealed sealed, BooleanSupplier mayGiveUp)
      throws InterruptedException, ClickHouseException {
    StoredBlock block = sealed.block();
    while (store.isTooFarAhead(block.id())) {
      Thread.sleep(RETRY_LAST);
    }
    long memoryEnd = System.nanoTime() + memoryWaitMax(sealed.care()).toNanos();
    boolean isKnown = true;
    Pauses pauses = retries();
    for (boolean again = false; ; again = true) {
      try {
        store.commit(block, again);
        return Optional.empty();
      } catch (ClickHouseException | RuntimeException | OutOfMemoryError e) {
        isKnown &= isAnswer(e);
        boolean isHopeless = isOutOfMemory(e) ? System.nanoTime() - memoryEnd >= 0 : !isBusy(e);
        if (isKnown && isHopeless && isAbsent(block) && mayGiveUp.getAsBoolean()) {
          return Optional.of(e);
        }
        if (!isBusy(e) && !isOutOfMemory(e)) {
          throw e;
        }
        waitAfter(block, e, pauses.afterFailure());
      }
    }
  }

  /// Between attempts to get what others have now.
  static Pauses retries() {
    return new Pauses(RETRY_FIRST, RETRY_LAST);
  }

  private Duration memoryWaitMax(Care care) {
    return care == Care.TOGETHER ? memoryWaitMax : memoryWaitMax.multipliedBy(ALONE_LONGER);
  }

  /// What nobody answered may be going on still.
  private static boolean isAnswer(Throwable failure) {
    return !(failure instanceof ClickHouseException e) || e.code() != ClickHouseException.NO_CODE;
  }

  private static boolean isBusy(Throwable failure) {
    return failure instanceof ClickHouseException e && e.kind() == Kind.BUSY;
  }

  /// The engine's, or the heap.
  private static boolean isOutOfMemory(Throwable failure) {
    return failure instanceof OutOfMemoryError
        || (failure instanceof ClickHouseException e && e.isOutOfMemory());
  }

  private boolean isAbsent(StoredBlock block) {
    try {
      return !store.has(block.id());
    } catch (ClickHouseException | OutOfMemoryError e) {
      LOG.warn(
          "block {}: nobody knows whether it is stored in part: {}",
          block.id().number(),
          e.getMessage());
      return false;
    }
  }

  private void waitAfter(StoredBlock block, Throwable busy, Duration pause)
      throws InterruptedException {
    metrics.retry();
    LOG.warn(
        "block {}: it can't be stored now, again in {}: {}",
        block.id().number(),
        pause,
        busy.toString());
    Thread.sleep(pause);
  }
}
