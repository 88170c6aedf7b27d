package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ClickHouseException.Kind;
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

  private final Store store;
  private final IngestMetrics metrics;

  BlockStorer(Store store, IngestMetrics metrics) {
    this.store = store;
    this.metrics = metrics;
  }

  /// Stores a block, or gives it up: when it is certain that nothing of it is stored or ever will
  /// be.
  ///
  /// @param memoryWaitMax how long it may lack memory
  /// @param mayGiveUp asked before it is given up
  /// @return nothing when it is stored; or why it can't be
  /// @throws ClickHouseException when the store can't work
  Optional<Throwable> store(StoredBlock block, Duration memoryWaitMax, BooleanSupplier mayGiveUp)
      throws InterruptedException, ClickHouseException {
    while (store.isTooFarAhead(block.id())) {
      Thread.sleep(RETRY_LAST);
    }
    long start = System.nanoTime();
    boolean isKnown = true;
    Duration pause = RETRY_FIRST;
    for (boolean again = false; ; again = true) {
      try {
        store.commit(block, again);
        return Optional.empty();
      } catch (ClickHouseException e) {
        // What nobody answered may be going on still.
        isKnown &= e.code() != ClickHouseException.NO_CODE;
        boolean isBusy = e.kind() == Kind.BUSY;
        boolean isTooLarge =
            e.isOutOfMemory() && System.nanoTime() - start >= memoryWaitMax.toNanos();
        if (isKnown && (!isBusy || isTooLarge) && isAbsent(block) && mayGiveUp.getAsBoolean()) {
          return Optional.of(e);
        }
        if (!isBusy) {
          throw e;
        }
        waitAfter(block, e, pause);
        pause = pause.compareTo(RETRY_LAST) < 0 ? pause.multipliedBy(2) : RETRY_LAST;
      } catch (RuntimeException | OutOfMemoryError e) {
        if (isKnown && isAbsent(block) && mayGiveUp.getAsBoolean()) {
          return Optional.of(e);
        }
        throw e;
      }
    }
  }

  private boolean isAbsent(StoredBlock block) {
    try {
      return !store.has(block.id());
    } catch (ClickHouseException e) {
      LOG.warn(
          "block {}: nobody knows whether it is stored in part: {}",
          block.id().number(),
          e.getMessage());
      return false;
    }
  }

  private void waitAfter(StoredBlock block, ClickHouseException busy, Duration pause)
      throws InterruptedException {
    metrics.retry();
    LOG.warn(
        "block {}: the store is busy, again in {}: {}",
        block.id().number(),
        pause,
        busy.getMessage());
    Thread.sleep(pause);
  }
}
