package deepflow.agent.forward;

import deepflow.wire.frame.LinkMessage.Welcome;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What sender, reader and watch of one connection know together: whether the server said welcome,
/// what is sent and not acknowledged, and why the connection ended.
final class Exchange {
  private record Outstanding(long number, int bytes, int spans) {}

  /// What an acknowledgement covers of this connection's batches.
  record Covered(int batches, long spans) {}

  private final CountDownLatch ended = new CountDownLatch(1);
  private final long windowBytes;
  private final ArrayDeque<Outstanding> outstanding = new ArrayDeque<>();
  private long outstandingBytes;
  private long highest;
  private long heardNanos = System.nanoTime();
  private @Nullable Welcome welcome;
  private @Nullable IOException end;

  Exchange(long windowBytes) {
    this.windowBytes = windowBytes;
  }

  synchronized void welcome(Welcome said) {
    welcome = said;
    highest = said.committed();
    heardNanos = System.nanoTime();
    notifyAll();
  }

  /// The server's answer to our hello.
  ///
  /// @throws IOException when the connection ended, or `timeout` passed
  synchronized Welcome awaitWelcome(Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (welcome == null) {
      throwEnd();
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new LinkException(
            "no answer to our hello within %s s: if it is a server of DeepFlow itself, which acknowledges nothing, --agent-link deepflow sends to it all the same"
                .formatted(timeout.toSeconds()));
      }
      await(left);
    }
    return welcome;
  }

  /// Waits until the window has room, and takes it: the batch is about to be sent.
  ///
  /// @throws IOException when the connection ended
  synchronized void awaitRoom(long number, int bytes, int spans) throws IOException {
    while (!outstanding.isEmpty() && outstandingBytes + bytes > windowBytes) {
      throwEnd();
      await(TimeUnit.SECONDS.toNanos(1));
    }
    throwEnd();
    if (outstanding.isEmpty()) {
      // Silence counts from the first batch that waits for an answer.
      heardNanos = System.nanoTime();
    }
    outstanding.addLast(new Outstanding(number, bytes, spans));
    outstandingBytes += bytes;
    highest = number;
  }

  /// Waits until nothing waits for an answer.
  ///
  /// @throws IOException when the connection ended
  synchronized void awaitNothingOutstanding() throws IOException {
    while (!outstanding.isEmpty()) {
      throwEnd();
      await(TimeUnit.SECONDS.toNanos(1));
    }
  }

  /// Forgets what the server has now.
  ///
  /// @throws LinkException when it was never sent: to believe that would lose it
  synchronized Covered acknowledged(long committed) throws LinkException {
    if (committed > highest) {
      throw new LinkException(
          "the server acknowledged batch %s, but was sent none above %s"
              .formatted(committed, highest));
    }
    int batches = 0;
    long spans = 0;
    while (!outstanding.isEmpty() && outstanding.getFirst().number <= committed) {
      Outstanding done = outstanding.removeFirst();
      outstandingBytes -= done.bytes;
      spans += done.spans;
      batches++;
    }
    if (batches > 0) {
      heardNanos = System.nanoTime();
      notifyAll();
    }
    return new Covered(batches, spans);
  }

  /// Bytes were written. While no earlier batch waits for an answer, that is a sign of life: a
  /// large batch may take its time on a slow connection.
  synchronized void progress() {
    if (outstanding.size() <= 1) {
      heardNanos = System.nanoTime();
    }
  }

  /// Whether the server acknowledged nothing for `timeout` although something waits for its answer.
  synchronized boolean isSilent(Duration timeout) {
    return !outstanding.isEmpty() && System.nanoTime() - heardNanos > timeout.toNanos();
  }

  /// The connection is over; the first reason counts.
  synchronized void end(IOException reason) {
    if (end == null) {
      end = reason;
    }
    ended.countDown();
    notifyAll();
  }

  synchronized boolean isEnded() {
    return end != null;
  }

  /// Makes sure that the connection still stands.
  ///
  /// @throws IOException the reason, when the connection is over
  synchronized void throwEnd() throws IOException {
    if (end != null) {
      throw end;
    }
  }

  /// Waits for so long.
  ///
  /// @throws IOException when the connection ended meanwhile
  synchronized void pause(long nanos) throws IOException {
    long deadline = System.nanoTime() + nanos;
    throwEnd();
    for (long left = nanos; left > 0; left = deadline - System.nanoTime()) {
      await(left);
      throwEnd();
    }
  }

  /// Why the connection ended, as far as it is known within `nanos`.
  @Nullable IOException awaitReason(long nanos) {
    awaitEnd(nanos);
    synchronized (this) {
      return end;
    }
  }

  /// Waits until `nanos` passed or the connection ended. Acknowledgements wake nobody here.
  void awaitEnd(long nanos) {
    try {
      var _ = ended.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      // Taken for the end of the wait: callers look again.
    }
  }

  private void await(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(nanos, 1));
    } catch (InterruptedException _) {
      // Taken for a notification: callers look again. Kept, it would make every wait a spin.
    }
  }
}
