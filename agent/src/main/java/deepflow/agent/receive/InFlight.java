package deepflow.agent.receive;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Bounds the bytes of all requests between their first byte and their answer, so that overload
/// slows senders down instead of filling the heap.
final class InFlight {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final long bytesMax;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong requests = new AtomicLong();

  InFlight(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  long bytes() {
    return bytes.get();
  }

  long requests() {
    return requests.get();
  }

  /// Begins a request, which holds nothing yet.
  Share open() {
    requests.incrementAndGet();
    return new Share();
  }

  /// What one request holds. Used by one thread at a time.
  final class Share implements AutoCloseable {
    private long held;
    private boolean closed;

    /// Takes more.
    ///
    /// @throws NotTakenException busy when there is not enough now, too large when there never is
    void take(long count) throws NotTakenException {
      if (held + count > bytesMax) {
        throw NotTakenException.refused(
            Refusal.TOO_LARGE,
            "request needs more than the " + bytesMax + " bytes of all requests");
      }
      if (bytes.addAndGet(count) > bytesMax) {
        bytes.addAndGet(-count);
        throw NotTakenException.of(
            new Answer.Busy(RETRY_AFTER, "too many bytes of requests are under way"));
      }
      held += count;
    }

    /// Gives some back.
    void release(long count) {
      held -= count;
      bytes.addAndGet(-count);
    }

    /// Gives all back and ends the request; more calls do nothing.
    @Override
    public void close() {
      if (!closed) {
        closed = true;
        release(held);
        requests.decrementAndGet();
      }
    }
  }
}
