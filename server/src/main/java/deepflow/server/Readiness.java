package deepflow.server;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.ingester.IngestStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Whether ingest and query answer. One look at a time: while one takes longer than a probe would
/// wait (the database is busy with questions), the last result holds.
final class Readiness {

  private static final long WAIT_MAX_MILLIS = 800;

  private final ClickHouse clickHouse;
  private final IngestStatus ingest;
  private final ThreadFactory threads = Thread.ofVirtual().name("readiness-", 0).factory();
  private List<String> last = List.of();
  private CompletableFuture<List<String>> running = CompletableFuture.completedFuture(List.of());

  Readiness(ClickHouse clickHouse, IngestStatus ingest) {
    this.clickHouse = clickHouse;
    this.ingest = ingest;
  }

  /// What stands against it; nothing when all is well.
  List<String> problems() {
    try {
      List<String> found = look().get(WAIT_MAX_MILLIS, TimeUnit.MILLISECONDS);
      remember(found);
      return found;
    } catch (TimeoutException _) {
      return lastKnown();
    } catch (ExecutionException e) {
      return List.of("the check failed: " + e.getCause());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return List.of("the server is stopping");
    }
  }

  private synchronized CompletableFuture<List<String>> look() {
    if (running.isDone()) {
      running = CompletableFuture.supplyAsync(this::check, look -> threads.newThread(look).start());
    }
    return running;
  }

  private synchronized void remember(List<String> found) {
    last = found;
  }

  private synchronized List<String> lastKnown() {
    return last;
  }

  private List<String> check() {
    List<String> problems = new ArrayList<>();
    ingest.failure().ifPresent(reason -> problems.add("ingest has stopped: " + reason));
    try (Rows rows = clickHouse.query(Query.of("SELECT 1"))) {
      if (!rows.next()) {
        problems.add("the database answers wrongly");
      }
    } catch (ClickHouseException | RuntimeException e) {
      problems.add("the database doesn't answer: " + e.getMessage());
    }
    return problems;
  }
}
