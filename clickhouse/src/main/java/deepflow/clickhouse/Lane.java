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
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A fixed number of threads for one kind of statements, so that none of the kinds can starve
/// another.
///
/// Each statement has a connection of its own (0.5 ms): its settings end with it, and a KILL by its
/// tag can't hit the statement that comes after it.
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
  private final AtomicLong lastNumber = new AtomicLong();
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
    String tag = "deepflow-%s-%s".formatted(name, lastNumber.incrementAndGet());
    var statement = new Statement(this, thread, tag, arguments(own, tag));
    running.add(statement);
    if (closed) {
      statement.close();
      throw EngineError.busy("the engine is closing");
    }
    return statement;
  }

  NativeConnection connect(List<String> arguments) throws ClickHouseException {
    return NativeConnection.open(chdb, arguments, untrusted);
  }

  void kill(String tag) {
    killer.kill(tag);
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
