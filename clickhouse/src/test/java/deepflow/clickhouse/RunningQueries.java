package deepflow.clickhouse;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What runs, by its `query_id`; a thread that is interrupted makes the engine end its statement.
final class RunningQueries {
  private final Map<String, Running> byId = new ConcurrentHashMap<>();

  /// Notes the calling thread's statement.
  void begin(String id) throws ClickHouseException {
    if (byId.putIfAbsent(id, new Running(Thread.currentThread(), new CountDownLatch(1))) != null) {
      throw HttpStatement.error(216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", id + " runs already");
    }
  }

  void end(String id) {
    Running ended = byId.remove(id);
    if (ended != null) {
      ended.end().countDown();
    }
  }

  /// Ends a statement and waits until it has ended; nothing when there is none.
  void kill(String id) {
    Running running = byId.get(id);
    if (running != null) {
      running.kill();
    }
  }

  void killAll() {
    byId.values().forEach(Running::kill);
  }

  private record Running(Thread thread, CountDownLatch end) {
    void kill() {
      try {
        do {
          thread.interrupt();
        } while (!end.await(20, TimeUnit.MILLISECONDS));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
