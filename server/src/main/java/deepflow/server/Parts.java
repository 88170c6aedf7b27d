package deepflow.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What of a server runs, to be stopped in the reverse order of its start: the HTTP server first,
/// the database last.
final class Parts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

  private final Deque<Part> parts = new ArrayDeque<>();

  private record Part(String name, Runnable close) {}

  /// Notes what has just been started.
  synchronized void started(String name, Runnable close) {
    parts.push(new Part(name, close));
  }

  /// Stops them, each whatever became of the one before. Idempotent.
  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      stop(parts.pop());
    }
  }

  private static void stop(Part part) {
    try {
      part.close.run();
    } catch (RuntimeException e) {
      LOG.error("stopping {} failed", part.name, e);
    }
  }
}
