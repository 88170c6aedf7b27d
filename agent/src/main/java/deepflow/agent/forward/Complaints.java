package deepflow.agent.forward;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Which failures are worth a line in the log: a new reason at once, the same one once a minute.
/// Each server has its own, so that two that fail in turn don't fill the log. For one thread.
final class Complaints {
  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private record Said(String reason, long nanos) {}

  private final Map<ServerAddress, Said> said = new HashMap<>();
  private final LongSupplier nanoClock;

  Complaints(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /// Whether this should be said now; it counts as said then.
  boolean isNews(ServerAddress server, String reason) {
    long now = nanoClock.getAsLong();
    @Nullable Said last = said.get(server);
    if (last != null && last.reason.equals(reason) && now - last.nanos < INTERVAL_NANOS) {
      return false;
    }
    said.put(server, new Said(reason, now));
    return true;
  }

  /// A server takes batches: what fails next is news.
  void forget() {
    said.clear();
  }
}
