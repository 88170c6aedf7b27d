package deepflow.clickhouse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A fixed number of threads for one kind of statements, so that none of the kinds can starve
/// another.
///
/// A connection has the settings of its statements, and serves the next statement of its thread
/// that has the same ones: to open it takes about as long as to look up a row. One of which a
/// statement was not brought to its end, or that users' statements ran on, is closed.
final class Lane {
  private final String name;
  private final Chdb chdb;
  private final Map<String, String> settings;
  private final List<String> server;
  private final boolean untrusted;
  private final Duration waitMax;
  private final Killer killer;
  private final List<LaneThread> threads = new ArrayList<>();
  private final BlockingQueue<LaneThread> idle;
  private final Set<Statement> running = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /// A lane that is open.
  ///
  /// @param server arguments of the engine
  /// @param settings of each connection; a statement's own settings win
  Lane(
      String name,
      int threadCount,
      Chdb chdb,
      List<String> server,
      Map<String, String> settings,
      boolean untrusted,
      Duration waitMax,
      Killer killer) {
    this.name = name;
    this.chdb = chdb;
    this.server = server;
    this.settings = settings;
    this.untrusted = untrusted;
    this.waitMax = waitMax;
    this.killer = killer;
    this.idle = new ArrayBlockingQueue<>(threadCount);
    for (int i = 1; i <= threadCount; i++) {
      threads.add(new LaneThread("clickhouse-%s-%s".formatted(name, i)));
    }
    idle.addAll(threads);
  }

  /// Waits for a free thread. The statement must be closed.
  Statement begin(Map<String, String> own) throws ClickHouseException {
    LaneThread thread = take();
    var statement = new Statement(this, thread, own);
    running.add(statement);
    if (closed) {
      statement.close();
      throw EngineError.busy("the engine is closing");
    }
    return statement;
  }

  /// A connection for a statement. To be called by its thread.
  NativeConnection connect(LaneThread thread, Map<String, String> own) throws ClickHouseException {
    NativeConnection kept = thread.takeConnection(own);
    return kept == null
        ? NativeConnection.open(chdb, arguments(own, thread.name()), untrusted)
        : kept;
  }

  /// Takes the connection back. To be called by its thread.
  ///
  /// @param clean whether the statement was brought to its end
  void release(
      LaneThread thread, Map<String, String> own, NativeConnection connection, boolean clean) {
    if (clean && !untrusted) {
      thread.keepConnection(own, connection);
    } else {
      connection.close();
    }
  }

  /// Kills what runs on a thread: one statement at most, and it waits for that.
  void kill(LaneThread thread) {
    killer.kill(thread.name());
  }

  void ended(Statement statement, LaneThread thread) {
    running.remove(statement);
    idle.add(thread);
  }

  /// Takes no more statements.
  void refuseMore() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  /// Statements that hold a thread.
  List<Statement> running() {
    return List.copyOf(running);
  }

  /// Ends the threads; nothing may run any more.
  void close() {
    threads.forEach(LaneThread::close);
  }

  private LaneThread take() throws ClickHouseException {
    if (closed) {
      throw EngineError.busy("the engine is closing");
    }
    try {
      @Nullable LaneThread thread = idle.poll(waitMax.toNanos(), TimeUnit.NANOSECONDS);
      if (thread != null) {
        return thread;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw EngineError.busy("interrupted while waiting for a free %s".formatted(name));
    }
    throw EngineError.busy(
        "no %s was free for %s ms; there are %s"
            .formatted(name, waitMax.toMillis(), threads.size()));
  }

  private List<String> arguments(Map<String, String> own, String tag) {
    var all = new LinkedHashMap<>(settings);
    all.putAll(own);
    all.put("log_comment", tag);
    List<String> arguments = new ArrayList<>(server);
    all.forEach((setting, value) -> arguments.add("--%s=%s".formatted(setting, value)));
    return arguments;
  }

  /// Ends a statement from outside.
  @FunctionalInterface
  interface Killer {
    void kill(String tag);
  }
}
