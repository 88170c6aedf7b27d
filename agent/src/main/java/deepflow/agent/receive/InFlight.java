package deepflow.agent.receive;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Bounds the bytes of all requests between their first byte and their answer, so that overload
/// slows senders down instead of filling the heap.
///
/// Requests of the usual size have a small part of the bytes for themselves: however many senders
/// there are, what is under way stays a fraction of the heap and is done soon. When it is full they
/// wait for their turn, see [WaitingLine]. Larger ones share the rest, and keep no usual one out.
final class InFlight {
  /// As much as the heap's young generation keeps: what doesn't fit grows old and is never looked
  /// at again until the heap is full.
  private static final long USUAL_BYTES_MAX = 12 << 20;

  private static final int USUAL_PART = 4;
  private static final int REQUEST_PART = 4;

  private final Room usual;
  private final Room large;
  private final long usualRequestMax;
  private final WaitingLine line;
  private final RetryAfter retryAfter;
  private final AtomicLong requests = new AtomicLong();

  /// What requests held at most, on an average of the last ones; a race costs one of them its vote.
  private volatile long averageBytes = 64 << 10;

  /// Bytes that requests share.
  private final class Room {
    private final long bytesMax;
    private final AtomicLong bytes = new AtomicLong();

    Room(long bytesMax) {
      this.bytesMax = bytesMax;
    }

    boolean tryTake(long count) {
      boolean fits = bytes.addAndGet(count) <= bytesMax;
      if (!fits) {
        bytes.addAndGet(-count);
      }
      return fits;
    }

    void take(long count) throws NotTakenException {
      if (!tryTake(count)) {
        throw busy();
      }
    }

    void give(long count) {
      bytes.addAndGet(-count);
    }
  }

  /// @param waitMax for room
  /// @param nanoTime as [System#nanoTime]
  InFlight(long bytesMax, Duration waitMax, LongSupplier nanoTime) {
    retryAfter = new RetryAfter(nanoTime);
    usual = new Room(Math.min(USUAL_BYTES_MAX, bytesMax / USUAL_PART));
    large = new Room(bytesMax - usual.bytesMax);
    usualRequestMax = usual.bytesMax / REQUEST_PART;
    line = new WaitingLine(usual::tryTake, waitMax, this::busy);
  }

  private NotTakenException busy() {
    return NotTakenException.of(
        new Answer.Busy(retryAfter.inVain(), "too many bytes of requests are under way"));
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

  /// Requests that wait for room.
  int waiting() {
    return line.length();
  }

  /// Begins a request, which holds nothing yet.
  Share open() {
    requests.incrementAndGet();
    return new Share();
  }

  /// What one request holds. Used by one thread at a time.
  final class Share implements AutoCloseable {
    private boolean isLarge;

    /// Of the room, and of these those that are in use.
    private long held;

    private long used;
    private long usedMax;
    private boolean closed;

    /// Waits for its turn, and for room for what the request will hold at most.
    ///
    /// @param expected bytes, those of decompressed and other copies included; negative: not known.
    ///   More than that can be taken afterwards, but there may be none
    /// @param gone when the sender is not there any more, with why
    /// @param clock tells when the wait has been long enough
    /// @return fails with [NotTakenException], and with [SenderGoneException]
    CompletableFuture<Void> enter(
        long expected, CompletableFuture<Throwable> gone, ScheduledExecutorService clock) {
      long bytes = expected < 0 ? Math.min(averageBytes, usualRequestMax) : expected;
      if (bytes > usualRequestMax) {
        return CompletableFuture.completedFuture(null);
      }
      return line.enter(bytes, gone, clock)
          .thenRun(() -> {
            held = bytes;
            retryAfter.taken();
          });
    }

    /// Takes more.
    ///
    /// @throws NotTakenException busy when there is not enough now, too large when there never is
    void take(long count) throws NotTakenException {
      long more = Math.max(0, used + count - held);
      if (held + more > large.bytesMax) {
        throw NotTakenException.refused(
            Refusal.TOO_LARGE,
            "request needs more than the " + large.bytesMax + " bytes of all large requests");
      }
      if (!isLarge && held + more > usualRequestMax) {
        large.take(held + more);
        giveUsual(held);
        isLarge = true;
      } else if (more > 0) {
        (isLarge ? large : usual).take(more);
      }
      held += more;
      used += count;
      usedMax = Math.max(usedMax, used);
    }

    /// Gives some back, when the request ends at the latest.
    void release(long count) {
      used -= count;
      if (isLarge) {
        large.give(held - used);
        held = used;
      }
    }

    /// Gives all back and ends the request; more calls do nothing.
    @Override
    public void close() {
      if (!closed) {
        closed = true;
        if (isLarge) {
          large.give(held);
        } else {
          giveUsual(held);
          long average = averageBytes;
          averageBytes = average + (usedMax - average) / 8;
        }
        requests.decrementAndGet();
      }
    }
  }

  private void giveUsual(long count) {
    usual.give(count);
    line.serve();
  }
}
