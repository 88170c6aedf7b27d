package deepflow.agent.receive;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Bounds the bytes of all requests between their first byte and their answer, so that overload
/// slows senders down instead of filling the heap.
///
/// Requests of the usual size have a small part of the bytes for themselves: however many senders
/// there are, what is under way stays a fraction of the heap and is done soon. Larger ones share
/// the rest, and keep no usual one out.
final class InFlight {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final long USUAL_BYTES_MAX = 32 << 20;
  private static final int USUAL_PART = 4;
  private static final int REQUEST_PART = 8;

  private final Room usual;
  private final Room large;
  private final long usualRequestMax;
  private final AtomicLong requests = new AtomicLong();

  /// Bytes that requests share.
  private static final class Room {
    private final long bytesMax;
    private final AtomicLong bytes = new AtomicLong();

    Room(long bytesMax) {
      this.bytesMax = bytesMax;
    }

    void take(long count) throws NotTakenException {
      if (bytes.addAndGet(count) > bytesMax) {
        bytes.addAndGet(-count);
        throw NotTakenException.of(
            new Answer.Busy(RETRY_AFTER, "too many bytes of requests are under way"));
      }
    }

    void give(long count) {
      bytes.addAndGet(-count);
    }
  }

  InFlight(long bytesMax) {
    usual = new Room(Math.min(USUAL_BYTES_MAX, bytesMax / USUAL_PART));
    large = new Room(bytesMax - usual.bytesMax);
    usualRequestMax = usual.bytesMax / REQUEST_PART;
  }

  /// How many bytes there must be at least, if one request is to have so many.
  static long bytesMaxFor(long largestRequest) {
    return Math.ceilDiv(largestRequest * USUAL_PART, USUAL_PART - 1);
  }

  long bytes() {
    return usual.bytes.get() + large.bytes.get();
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
    private boolean isLarge;
    private long held;
    private boolean closed;

    /// Takes more.
    ///
    /// @throws NotTakenException busy when there is not enough now, too large when there never is
    void take(long count) throws NotTakenException {
      if (held + count > large.bytesMax) {
        throw NotTakenException.refused(
            Refusal.TOO_LARGE,
            "request needs more than the " + large.bytesMax + " bytes of all large requests");
      }
      if (!isLarge && held + count > usualRequestMax) {
        large.take(held + count);
        usual.give(held);
        isLarge = true;
      } else {
        room().take(count);
      }
      held += count;
    }

    /// Gives some back.
    void release(long count) {
      held -= count;
      room().give(count);
    }

    private Room room() {
      return isLarge ? large : usual;
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
