package deepflow.clickhouse;

import static deepflow.clickhouse.NativeHandles.Kind.CONNECTION;
import static deepflow.clickhouse.NativeHandles.Kind.KEPT_CONNECTION;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
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
  private static final int CONNECTIONS_MAX = 4;

  private final ExecutorService executor;

  /// Of the thread itself, for the whole of its life.
  private @Nullable Scratch memory;

  private @Nullable MemorySegment buffer;

  /// By the settings of their statements, the one that was used last at the end.
  private final LinkedHashMap<Map<String, String>, NativeConnection> kept = new LinkedHashMap<>();

  private final String name;

  LaneThread(String name) {
    this.name = name;
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

  /// Names it, and what runs on it.
  String name() {
    return name;
  }

  /// A connection that was kept, if there is one. For this thread only.
  @Nullable NativeConnection takeConnection(Map<String, String> settings) {
    NativeConnection connection = kept.remove(settings);
    if (connection != null) {
      NativeHandles.changed(KEPT_CONNECTION, CONNECTION);
    }
    return connection;
  }

  /// Keeps a connection for a statement with the same settings. For this thread only.
  void keepConnection(Map<String, String> settings, NativeConnection connection) {
    kept.put(settings, connection);
    NativeHandles.changed(CONNECTION, KEPT_CONNECTION);
    if (kept.size() > CONNECTIONS_MAX) {
      closeOldest();
    }
  }

  private void closeOldest() {
    NativeHandles.changed(KEPT_CONNECTION, CONNECTION);
    kept.pollFirstEntry().getValue().close();
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
      executor.execute(this::free);
    } catch (RejectedExecutionException _) {
      // closed before
    }
    executor.close();
  }

  private void free() {
    while (!kept.isEmpty()) {
      closeOldest();
    }
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
