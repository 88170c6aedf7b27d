package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ClickHouseException.Kind;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoredBlock;
import java.time.Duration;
import java.util.Optional;
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

  /// Stores a block.
  ///
  /// @param memoryWaitMax how long it may lack memory
  /// @return nothing when it is stored; or why it can't be, when it is certain that none of its
  ///   spans is stored and none will be
  /// @throws ClickHouseException when the store can't work
  Optional<Throwable> store(StoredBlock block, Duration memoryWaitMax)
      throws InterruptedException, ClickHouseException {
    while (store.isTooFarAhead(block.id())) {
      Thread.sleep(RETRY_LAST);
    }
    long start = System.nanoTime();
    // An insert of which nobody knows how it ended may be going on still.
    boolean sure = true;
    Duration pause = RETRY_FIRST;
    for (boolean again = false; ; again = true) {
      try {
        store.commit(block, again);
        return Optional.empty();
      } catch (ClickHouseException e) {
        boolean busy = e.kind() == Kind.BUSY;
        boolean waited = System.nanoTime() - start >= memoryWaitMax.toNanos();
        sure &= !busy || e.isOutOfMemory();
        if (sure && (!busy || waited) && isWithoutSpans(block)) {
          return Optional.of(e);
        }
        if (!busy) {
          throw e;
        }
        waitAfter(block, e, pause);
        pause = pause.compareTo(RETRY_LAST) < 0 ? pause.multipliedBy(2) : RETRY_LAST;
      } catch (RuntimeException | OutOfMemoryError e) {
        if (sure && isWithoutSpans(block)) {
          return Optional.of(e);
        }
        throw e;
      }
    }
  }

  /// Whether the store says so.
  private boolean isWithoutSpans(StoredBlock block) {
    try {
      return !store.hasSpans(block.id());
    } catch (ClickHouseException e) {
      LOG.warn(
          "block {}: nobody knows whether its spans are stored: {}",
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
