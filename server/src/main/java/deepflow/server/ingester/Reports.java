package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.ingester.receive.Sessions;
import deepflow.server.storage.AgentReport;
import deepflow.server.storage.Store;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;

/// Keeps what agents say of themselves, all of them together. Their reports are sums: one that is
/// lost here is made good by the next.
final class Reports implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(2);
  private static final Duration INTERVAL_MAX = Duration.ofSeconds(10);

  private final Sessions sessions;
  private final Store store;
  private final Rounds rounds;

  private Reports(Sessions sessions, Store store, MeterRegistry registry) {
    this.sessions = sessions;
    this.store = store;
    var pauses = new Pauses(INTERVAL, INTERVAL_MAX);
    rounds = new Rounds("reports", "agents' reports", pauses, this::keepReports, registry);
  }

  static Reports start(Sessions sessions, Store store, MeterRegistry registry) {
    Reports reports = new Reports(sessions, store, registry);
    reports.rounds.start(INTERVAL);
    return reports;
  }

  private boolean keepReports() throws ClickHouseException {
    List<AgentReport> reports =
        sessions.all().stream().flatMap(session -> session.takeReport().stream()).toList();
    if (!reports.isEmpty()) {
      store.keep(reports);
    }
    return false;
  }

  /// Keeps what came last, and ends: the database must not be closed before.
  @Override
  public void close() {
    boolean interrupted = rounds.end();
    Duration _ = rounds.run();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
