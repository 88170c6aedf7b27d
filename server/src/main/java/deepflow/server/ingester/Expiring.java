package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.storage.Expiry;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drops the days that retention or a full disk takes away: looks once a minute, in a thread of its
/// own, since to cut a day by rules takes as long as there are spans in it. Runs from [#start] to
/// [#close].
final class Expiring implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Expiring.class);
  private static final Duration FIRST = Duration.ofSeconds(2);
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private final Expiry expiry;
  private final Thread thread = Thread.ofPlatform().name("expiry").daemon().unstarted(this::run);

  Expiring(Expiry expiry) {
    this.expiry = expiry;
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      Thread.sleep(FIRST);
      while (true) {
        expire();
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException _) {
      LOG.debug("expiry ends");
    }
  }

  private void expire() {
    try {
      expiry.run();
    } catch (ClickHouseException e) {
      // What is interrupted fails too.
      if (!Thread.currentThread().isInterrupted()) {
        LOG.warn("old days could not be dropped, tried again in a minute: {}", e.getMessage());
      }
    }
  }

  /// Ends at once: what was begun is found and completed, or made again, after the next start.
  @Override
  public void close() {
    thread.interrupt();
    if (Ending.await(thread)) {
      Thread.currentThread().interrupt();
    }
  }
}
