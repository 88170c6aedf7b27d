package deepflow.server.controller.kubernetes;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in the log why one kind of objects can't be watched: not each time that it is tried again,
/// which is several times a second while the API server is away, but once a minute. Safe for use by
/// many threads.
final class Complaint {
  private static final Logger LOG = LoggerFactory.getLogger(Complaint.class);
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private final String kind;
  private long last = System.nanoTime() - PAUSE.toNanos();

  Complaint(String kind) {
    this.kind = kind;
  }

  synchronized void say(Throwable failure) {
    long now = System.nanoTime();
    if (now - last >= PAUSE.toNanos()) {
      last = now;
      LOG.warn("watching {}: {}, tried again until it works", kind, failure.getMessage());
    }
  }
}
