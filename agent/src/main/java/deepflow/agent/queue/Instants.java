package deepflow.agent.queue;

import java.time.Clock;
import java.time.Instant;

/// A clock's instants in nanoseconds since 1970-01-01 UTC.
record Instants(Clock clock) {
  private static final long NANOS = 1_000_000_000L;

  long nanos() {
    Instant now = clock.instant();
    return now.getEpochSecond() * NANOS + now.getNano();
  }
}
