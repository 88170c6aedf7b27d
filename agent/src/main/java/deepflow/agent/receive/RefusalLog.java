package deepflow.agent.receive;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in the log what senders are told, for those who don't see the senders' logs: the first
/// answer of a kind at once, and then once a minute how many there were. Thread-safe.
final class RefusalLog {
  private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);
  private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final LongSupplier nanos;
  private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

  /// @param nanos a clock that only goes forward
  RefusalLog(LongSupplier nanos) {
    this.nanos = nanos;
  }

  private static final class Kind {
    final LongAdder count = new LongAdder();
    final AtomicLong saidNanos;

    Kind(long neverNanos) {
      saidNanos = new AtomicLong(neverNanos);
    }
  }

  /// A request was refused for good, or told to come back.
  ///
  /// @param sender its address
  void answered(Answer answer, Object sender) {
    switch (answer) {
      case Answer.Refused(Refusal refusal, String message) -> add(refusal.label(), message, sender);
      case Answer.Busy busy -> add("busy", busy.message(), sender);
      case Answer.Taken _ -> {}
    }
  }

  private void add(String name, String message, Object sender) {
    long now = nanos.getAsLong();
    Kind kind = kinds.computeIfAbsent(name, _ -> new Kind(now - PAUSE_NANOS));
    kind.count.increment();
    long said = kind.saidNanos.get();
    if (now - said >= PAUSE_NANOS && kind.saidNanos.compareAndSet(said, now)) {
      log.warn(
          "{} requests not taken ({}); the last one from {}: {}",
          kind.count.sumThenReset(),
          name,
          sender,
          message);
    }
  }
}
