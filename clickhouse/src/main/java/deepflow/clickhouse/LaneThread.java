package deepflow.clickhouse;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A platform thread that makes native calls, one after the other. Not a daemon: the process must
/// not begin to end while the engine is open, or it crashes.
final class LaneThread {
  private static final Logger log = LoggerFactory.getLogger(LaneThread.class);
  static final int KILL_EVERY_MILLIS = 30;
  private static final int BUFFER_BYTES = 1 << 20;

  private final ExecutorService executor;

  /// Of the thread itself, for the whole of its life.
  private @Nullable Scratch memory;

  private @Nullable MemorySegment buffer;

  LaneThread(String name) {
    executor =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name(name).daemon(true).factory());
  }

  /// Runs a task and waits for it. When the caller is interrupted, `kill` is called again and again
  /// until the task has ended, for no native call can be left behind; the interrupt flag stays set.
  <T> T call(Callable<T> task, Runnable kill) throws ClickHouseException {
    Future<T> future = submit(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return interrupted ? future.get(KILL_EVERY_MILLIS, TimeUnit.MILLISECONDS) : future.get();
        } catch (InterruptedException _) {
          interrupted = true;
          kill.run();
        } catch (TimeoutException _) {
          kill.run();
        }
      }
    } catch (ExecutionException e) {
      throw asThrownHere(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Runs a task that should end soon, and says so in the log while it does not.
  ///
  /// @param what the task, for the log and the error
  /// @throws ClickHouseException a bug when it has not ended after `max`; its thread is then lost
  <T> T callWithin(Duration max, Duration patience, String what, Callable<T> task)
      throws ClickHouseException {
    Future<T> future = submit(task);
    long start = System.nanoTime();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
          interrupted = true;
        } catch (TimeoutException _) {
          long waited = Duration.ofNanos(System.nanoTime() - start).toMillis();
          log.warn("{} takes long: {} ms so far", what, waited);
          if (waited >= max.toMillis()) {
            executor.shutdown();
            throw EngineError.bug("%s did not end within %s ms".formatted(what, max.toMillis()));
          }
        }
      }
    } catch (ExecutionException e) {
      close();
      throw asThrownHere(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  <T> Future<T> submit(Callable<T> task) throws ClickHouseException {
    try {
      return executor.submit(task);
    } catch (RejectedExecutionException e) {
      throw new ClickHouseException(
          ClickHouseException.Kind.BUSY, ClickHouseException.NO_CODE, "the engine is closed", e);
    }
  }

  /// Memory that each insert of this thread goes through. For this thread only.
  MemorySegment buffer() {
    MemorySegment made = buffer;
    if (made == null) {
      var owner = new Scratch();
      memory = owner;
      made = owner.bytes(BUFFER_BYTES);
      buffer = made;
    }
    return made;
  }

  /// Ends the thread after what was submitted.
  void close() {
    try {
      executor.execute(this::freeMemory);
    } catch (RejectedExecutionException _) {
      // closed before
    }
    executor.close();
  }

  private void freeMemory() {
    Scratch owner = memory;
    if (owner != null) {
      owner.close();
      memory = null;
      buffer = null;
    }
  }

  /// The same failure with the caller's stack.
  private static ClickHouseException asThrownHere(@Nullable Throwable cause) {
    return switch (cause) {
      case ClickHouseException e ->
          new ClickHouseException(e.kind(), e.code(), String.valueOf(e.getMessage()), e);
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> throw new IllegalStateException(cause);
    };
  }
}
