package deepflow.clickhouse;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// How many statements of one kind may be at a remote ClickHouse at the same time, so that none of
/// the kinds can starve another.
final class Places {
  private final String name;
  private final int count;
  private final Duration waitMax;
  private final Semaphore free;
  private volatile boolean closed;

  Places(String name, int count, Duration waitMax) {
    this.name = name;
    this.count = count;
    this.waitMax = waitMax;
    this.free = new Semaphore(count, true);
  }

  /// Waits for a place, which must be given back.
  void take() throws ClickHouseException {
    requireOpen();
    try {
      if (!free.tryAcquire(waitMax.toNanos(), TimeUnit.NANOSECONDS)) {
        throw EngineError.busy(
            "no %s was free for %s ms; there are %s".formatted(name, waitMax.toMillis(), count));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw EngineError.busy("interrupted while waiting for a free %s".formatted(name));
    }
    if (closed) {
      free.release();
      requireOpen();
    }
  }

  void giveBack() {
    free.release();
  }

  /// Gives no place any more.
  void refuseMore() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  void requireOpen() throws ClickHouseException {
    if (closed) {
      throw EngineError.busy("the connection to ClickHouse is closing");
    }
  }

  /// Waits until every place was given back.
  ///
  /// @return false when that took longer
  boolean awaitAll(Duration max) throws InterruptedException {
    return free.tryAcquire(count, max.toNanos(), TimeUnit.NANOSECONDS);
  }
}
