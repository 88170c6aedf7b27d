package deepflow.agent.receive;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import java.util.function.Supplier;

/// Requests that wait for room in the order in which they came, their bodies unread: a request that
/// is read first and told to come back afterwards costs a seventh of one that is taken, and all of
/// that again when it does.
///
/// A waiting request holds what the connection took from the network before it was told to stop: no
/// more than [Receiver#HTTP2_STREAM_WINDOW_BYTES]. How many wait is bounded, and how long.
final class WaitingLine {
  static final int LENGTH_MAX = 256;

  private final LongPredicate room;
  private final Duration waitMax;
  private final Supplier<NotTakenException> busy;
  private final SequencedSet<Waiter> line = new LinkedHashSet<>();

  /// Whether somebody waits, for those that give room back.
  private volatile boolean anybody;

  private static final class Waiter {
    private final long bytes;
    private final CompletableFuture<Void> turn = new CompletableFuture<>();

    Waiter(long bytes) {
      this.bytes = bytes;
    }
  }

  /// @param room takes so many bytes, or says that there are not so many now
  /// @param waitMax after which a request is told to come back
  /// @param busy tells it so
  WaitingLine(LongPredicate room, Duration waitMax, Supplier<NotTakenException> busy) {
    this.room = room;
    this.waitMax = waitMax;
    this.busy = busy;
  }

  int length() {
    synchronized (line) {
      return line.size();
    }
  }

  /// Takes so many bytes, now or when it is this request's turn.
  ///
  /// @param gone when the sender is not there any more, with why; the request leaves the line then
  /// @return fails with [NotTakenException] when the line is too long, or when it waited too long,
  ///   and with [SenderGoneException] when it left
  CompletableFuture<Void> enter(
      long bytes, CompletableFuture<Throwable> gone, ScheduledExecutorService clock) {
    if (!anybody && room.test(bytes)) {
      return CompletableFuture.completedFuture(null);
    }
    Waiter waiter = new Waiter(bytes);
    synchronized (line) {
      if (line.size() >= LENGTH_MAX) {
        return CompletableFuture.failedFuture(busy.get());
      }
      line.add(waiter);
      anybody = true;
    }
    ScheduledFuture<?> end =
        clock.schedule(() -> leave(waiter, busy), waitMax.toMillis(), TimeUnit.MILLISECONDS);
    var _ = gone.thenAccept(cause -> leave(waiter, () -> new SenderGoneException(cause)));
    // Room may have been given back after it was asked for and before anybody waited.
    serve();
    return waiter.turn.whenComplete((_, _) -> end.cancel(/* mayInterruptIfRunning= */ false));
  }

  private void leave(Waiter waiter, Supplier<? extends Exception> why) {
    boolean waits;
    synchronized (line) {
      waits = line.remove(waiter);
      anybody = !line.isEmpty();
    }
    if (waits) {
      waiter.turn.completeExceptionally(why.get());
      // The one behind may need less.
      serve();
    }
  }

  /// Lets in those at the head of the line for whom there is room now.
  void serve() {
    if (anybody) {
      admitted().forEach(waiter -> waiter.turn.complete(null));
    }
  }

  private List<Waiter> admitted() {
    List<Waiter> admitted = new ArrayList<>();
    synchronized (line) {
      while (!line.isEmpty() && room.test(line.getFirst().bytes)) {
        admitted.add(line.removeFirst());
      }
      anybody = !line.isEmpty();
    }
    return admitted;
  }
}
