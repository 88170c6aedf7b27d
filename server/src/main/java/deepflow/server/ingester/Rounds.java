package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ClickHouseException.Kind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work beside the path of the spans, done round after round in a thread of its own. A round that
/// fails, in whatever way, is told, counted and followed by the next one: nobody else would begin
/// again before the server's next start. Runs from [#start] to [#close].
final class Rounds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

  /// One round.
  @FunctionalInterface
  interface Round {
    /// Does what is to be done now.
    ///
    /// @return whether there is more to do at once
    boolean run() throws ClickHouseException, InterruptedException;
  }

  private final String work;
  private final String waiting;
  private final Pauses pauses;
  private final Round round;
  private final Counter failures;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean brokenOff;
  private Duration pause = Duration.ZERO;

  /// @param work names the thread and its counter
  /// @param waiting what waits while rounds fail, as the log says it
  Rounds(String work, String waiting, Pauses pauses, Round round, MeterRegistry registry) {
    this.work = work;
    this.waiting = waiting;
    this.pauses = pauses;
    this.round = round;
    failures =
        Counter.builder("deepflow.server.rounds.failed")
            .description("Rounds of work in the background that ended with an error")
            .tag("work", work)
            .register(registry);
    thread = Thread.ofPlatform().name(work).daemon().unstarted(this::runAll);
  }

  /// @param first when the first round begins
  void start(Duration first) {
    pause = first;
    thread.start();
  }

  private void runAll() {
    while (!isClosingWithin(pause)) {
      pause = run();
    }
    LOG.debug("{} ends", work);
  }

  private boolean isClosingWithin(Duration time) {
    try {
      return closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      return closing.getCount() == 0;
    }
  }

  /// One round, in the caller's thread.
  ///
  /// @return when the next one is due
  Duration run() {
    try {
      boolean more = round.run();
      Duration usual = pauses.afterSuccess();
      return more ? Duration.ZERO : usual;
    } catch (Throwable failure) {
      Duration next = pauses.afterFailure();
      // What is interrupted fails too.
      if (!brokenOff) {
        tell(failure, next);
      }
      return next;
    }
  }

  private void tell(Throwable failure, Duration next) {
    try {
      if (failure instanceof ClickHouseException busy && busy.kind() == Kind.BUSY) {
        LOG.warn(
            "{}: {} wait, since the store is busy, again in {}: {}",
            work,
            waiting,
            next,
            busy.getMessage());
      } else {
        failures.increment();
        LOG.error("{} failed: {} wait, tried again in {}", work, waiting, next, failure);
      }
    } catch (OutOfMemoryError _) {
      // There was none even for the log. It is counted, and said when it fails again.
    }
  }

  /// Ends when the round that is under way is over.
  ///
  /// @return as of [Ending#await]
  boolean end() {
    closing.countDown();
    return Ending.await(thread);
  }

  /// Ends at once: the round that is under way is broken off.
  @Override
  public void close() {
    brokenOff = true;
    closing.countDown();
    thread.interrupt();
    if (Ending.await(thread)) {
      Thread.currentThread().interrupt();
    }
  }
}
