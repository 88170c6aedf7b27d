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

/// Keeps what agents say of themselves, all of them together. Their reports are sums: one that is
/// lost here is made good by the next.
final class Reports implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Reports.class);
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final Sessions sessions;
  private final Store store;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  private Reports(Sessions sessions, Store store) {
    this.sessions = sessions;
    this.store = store;
    thread = Thread.ofPlatform().name("reports").daemon().unstarted(this::run);
  }

  static Reports start(Sessions sessions, Store store) {
    Reports reports = new Reports(sessions, store);
    reports.thread.start();
    return reports;
  }

  private void run() {
    try {
      while (!closing.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
        keepReports();
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

  /// Keeps what came last, and ends: the database must not be closed before.
  @Override
  public void close() {
    closing.countDown();
    boolean interrupted = Ending.await(thread);
    keepReports();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
