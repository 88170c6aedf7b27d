package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.ingester.receive.Sessions;
import deepflow.server.storage.AgentReport;
import deepflow.server.storage.Store;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is done beside the blocks: keeps what agents say of themselves, all of them together, and
/// drops the days that retention or a full disk takes away. Agents' reports are sums: one that is
/// lost here is made good by the next.
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  /// So many intervals between two looks for days to be dropped.
  private static final int EXPIRY_INTERVALS = 30;

  private final Sessions sessions;
  private final Store store;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  private Housekeeping(Sessions sessions, Store store) {
    this.sessions = sessions;
    this.store = store;
    thread = Thread.ofPlatform().name("housekeeping").daemon().unstarted(this::run);
  }

  static Housekeeping start(Sessions sessions, Store store) {
    Housekeeping housekeeping = new Housekeeping(sessions, store);
    housekeeping.thread.start();
    return housekeeping;
  }

  private void run() {
    try {
      int intervals = 0;
      while (!closing.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
        keepReports();
        if (intervals++ % EXPIRY_INTERVALS == 0) {
          expire();
        }
      }
    } catch (InterruptedException _) {
      LOG.debug("told to stop");
    }
  }

  private void keepReports() {
    List<AgentReport> reports =
        sessions.all().stream().flatMap(session -> session.takeReport().stream()).toList();
    try {
      if (!reports.isEmpty()) {
        store.keep(reports);
      }
    } catch (ClickHouseException e) {
      LOG.warn("{} agents' reports were not kept: {}", reports.size(), e.getMessage());
    }
  }

  private void expire() {
    try {
      store.expiry().run();
    } catch (ClickHouseException e) {
      LOG.warn("old days could not be dropped, tried again in a minute: {}", e.getMessage());
    }
  }

  /// Keeps what came last, and ends: the database must not be closed before.
  @Override
  public void close() {
    closing.countDown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    keepReports();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
