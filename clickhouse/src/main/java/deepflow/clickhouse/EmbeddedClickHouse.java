package deepflow.clickhouse;

import deepflow.clickhouse.block.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// ClickHouse inside this process. At most one can be open in a process; when it is closed, another
/// one can be opened, also elsewhere.
///
/// Close it before the process ends: a process that ends with a connection open can crash, and one
/// that ends with a query running can hang.
public final class EmbeddedClickHouse implements ClickHouse {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedClickHouse.class);
  private static final AtomicBoolean OPEN = new AtomicBoolean();

  private static final Duration OPEN_MAX = Duration.ofMinutes(5);
  private static final Duration OPEN_PATIENCE = Duration.ofSeconds(10);

  private final CountDownLatch allClosed = new CountDownLatch(1);
  private final StoreLock lock;
  private final LaneThread adminThread = new LaneThread("clickhouse-admin");
  private final NativeConnection admin;
  private final Lane writers;
  private final Lane readers;
  private final Lane untrusted;
  private final String version;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedClickHouse(EmbeddedClickHouseConfig config, StoreLock lock)
      throws ClickHouseException {
    this.lock = lock;
    var settings = EngineSettings.of(config);
    Chdb chdb = Chdb.load();
    admin = connectAdmin(chdb, settings);
    Thread.ofPlatform().name("clickhouse-open").daemon(false).start(this::holdTheProcess);
    String seconds = Long.toString(Math.max(1, config.queryTimeout().toSeconds()));
    var reading = settings.sessionWith("max_execution_time", seconds);
    var users = settings.sessionWith("max_execution_time", seconds, "readonly", "1");
    writers = lane("writer", config.writers(), chdb, settings, settings.session(), config);
    readers = lane("reader", config.readers(), chdb, settings, reading, config);
    untrusted = lane("user", config.untrustedReaders(), chdb, settings, users, config);
    version = prepare(settings);
  }

  private NativeConnection connectAdmin(Chdb chdb, EngineSettings settings)
      throws ClickHouseException {
    return adminThread.callWithin(
        OPEN_MAX,
        OPEN_PATIENCE,
        "opening the store " + settings.path(),
        () -> NativeConnection.open(chdb, settings.adminArguments(), false));
  }

  /// A process that began to end while the engine is open would crash: this thread keeps it from
  /// ending by itself.
  private void holdTheProcess() {
    try {
      allClosed.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private Lane lane(
      String name,
      int threads,
      Chdb chdb,
      EngineSettings settings,
      Map<String, String> session,
      EmbeddedClickHouseConfig config) {
    return new Lane(
        name,
        threads,
        chdb,
        settings.serverArguments(),
        session,
        session.containsKey("readonly"),
        config.waitMax(),
        this::kill);
  }

  /// Opens the store, which is made when it is missing. With some hundred parts it takes a second.
  ///
  /// @throws ClickHouseException busy when another process, or this one, has the store open
  /// @throws IllegalStateException when the engine's library is missing; the message says what to
  ///   do
  public static EmbeddedClickHouse open(EmbeddedClickHouseConfig config)
      throws ClickHouseException {
    if (!OPEN.compareAndSet(false, true)) {
      throw EngineError.busy("this process has an engine open already; asked for " + config.path());
    }
    boolean opened = false;
    try {
      var engine = openAlone(config);
      opened = true;
      return engine;
    } finally {
      if (!opened) {
        OPEN.set(false);
      }
    }
  }

  private static EmbeddedClickHouse openAlone(EmbeddedClickHouseConfig config)
      throws ClickHouseException {
    StoreLock lock;
    EmbeddedClickHouseConfig real;
    try {
      Files.createDirectories(config.path());
      // The engine takes another spelling of the same path for another path.
      real = config.withPath(config.path().toRealPath());
      Files.writeString(EngineSettings.of(real).configFile(), EngineSettings.CONFIGURATION);
      lock = StoreLock.take(real.path());
    } catch (IOException e) {
      throw new ClickHouseException(
          ClickHouseException.Kind.BUG,
          ClickHouseException.NO_CODE,
          "the store %s can't be used: %s".formatted(config.path(), e),
          e);
    }
    try {
      return new EmbeddedClickHouse(real, lock);
    } catch (ClickHouseException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private String prepare(EngineSettings settings) throws ClickHouseException {
    try {
      verify(settings);
      try (Rows rows = query(Query.of("SELECT version()"))) {
        rows.next();
        return rows.getString(0);
      }
    } catch (ClickHouseException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /// The engine takes an unknown setting in silence, so what it took is compared with what it was
  /// told.
  private void verify(EngineSettings settings) throws ClickHouseException {
    verify("system.server_settings", settings.server());
    verify("system.settings", settings.session());
  }

  private void verify(String table, Map<String, String> wanted) throws ClickHouseException {
    var real = new HashMap<String, String>();
    try (Rows rows = query(Query.of("SELECT name, value FROM " + table))) {
      while (rows.next()) {
        real.put(rows.getString(0), rows.getString(1));
      }
    }
    for (Map.Entry<String, String> setting : wanted.entrySet()) {
      String value = real.get(setting.getKey());
      if (!setting.getValue().equals(value)) {
        throw EngineError.bug(
            "the engine has %s = %s instead of %s"
                .formatted(setting.getKey(), value, setting.getValue()));
      }
    }
  }

  @Override
  public void execute(Query statement) throws ClickHouseException {
    if (statement.untrusted()) {
      throw new IllegalArgumentException("a user's statement can only be a query");
    }
    try (Statement running = writers.begin(statement.settings())) {
      running.execute(statement);
    }
  }

  @Override
  public void insert(String sql, Block block) throws ClickHouseException {
    insert(Query.of(sql), block::writeTo);
  }

  /// The same with bytes that are in Native format already.
  void insert(Query statement, NativeData data) throws ClickHouseException {
    try (Statement running = writers.begin(statement.settings())) {
      running.insert(statement.sql(), data);
    }
  }

  @Override
  public Rows query(Query query) throws ClickHouseException {
    Statement running = start(query);
    try {
      return new BinaryRows(running, query.untrusted());
    } catch (ClickHouseException | RuntimeException | Error e) {
      running.close();
      throw e;
    }
  }

  /// Starts a query whose answer is wanted as bytes.
  Statement start(Query query) throws ClickHouseException {
    Statement running = (query.untrusted() ? untrusted : readers).begin(query.settings());
    try {
      running.query(query);
      return running;
    } catch (ClickHouseException | RuntimeException | Error e) {
      running.close();
      throw e;
    }
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    List<Lane> lanes = List.of(writers, readers, untrusted);
    lanes.forEach(Lane::refuseMore);
    lanes.forEach(this::drain);
    lanes.forEach(Lane::close);
    // Last of all connections: this one ends the engine.
    runAsAdmin(admin::close);
    adminThread.close();
    lock.close();
    OPEN.set(false);
    allClosed.countDown();
  }

  /// Stops the engine's threads. The last native call of a process: nothing can be opened after it.
  /// Without it a process ends as well, if every engine was closed.
  public static void shutDownForGood() {
    if (!OPEN.compareAndSet(false, true)) {
      throw new IllegalStateException("an engine is open");
    }
    // Its result says nothing: it is 1 whenever a MergeTree table was ever open.
    Chdb.load().shutdown();
  }

  private void drain(Lane lane) {
    for (Statement statement : lane.running()) {
      try {
        await(statement.endLater());
      } catch (ClickHouseException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /// A native call can't be left: whatever runs is killed until it has returned.
  private void await(Future<Boolean> ended) {
    boolean interrupted = false;
    while (true) {
      try {
        ended.get(LaneThread.KILL_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        break;
      } catch (TimeoutException _) {
        killAll();
      } catch (InterruptedException _) {
        interrupted = true;
      } catch (ExecutionException e) {
        log.error("a statement did not end cleanly", e);
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void kill(String tag) {
    runAsAdmin(() -> runKill("Settings['log_comment'] = '%s'".formatted(tag)));
  }

  private void killAll() {
    runAsAdmin(() -> runKill("query_id != queryID() AND query NOT LIKE '%KILL QUERY%'"));
  }

  private void runKill(String condition) {
    try {
      admin.run("KILL QUERY WHERE " + condition + " ASYNC", Map.of());
    } catch (ClickHouseException e) {
      log.warn("KILL QUERY failed", e);
    }
  }

  private void runAsAdmin(Runnable task) {
    try {
      adminThread.call(
          () -> {
            task.run();
            return true;
          },
          () -> {});
    } catch (ClickHouseException e) {
      throw new IllegalStateException(e);
    }
  }
}
