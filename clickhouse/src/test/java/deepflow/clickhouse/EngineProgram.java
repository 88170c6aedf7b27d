package deepflow.clickhouse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A program with an engine inside, for tests that end it: `work <store>` or `open <store>`.
final class EngineProgram {
  static final int BLOCK_ROWS = 10_000;
  static final String TABLE =
      "CREATE TABLE IF NOT EXISTS default.t (a UInt64, s String) ENGINE = MergeTree ORDER BY a"
          + " SETTINGS non_replicated_deduplication_window = 10000";

  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicLong blocks = new AtomicLong();
  private final AtomicLong caught = new AtomicLong();
  private final ClickHouse engine;

  private EngineProgram(ClickHouse engine) {
    this.engine = engine;
  }

  @SuppressWarnings("SystemOut") // the test reads it
  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  public static void main(String[] arguments) throws Exception {
    var config =
        EmbeddedClickHouseConfig.at(Path.of(arguments[1]))
            .withTimes(Duration.ofHours(1), Duration.ofSeconds(10));
    try {
      var engine = EmbeddedClickHouse.open(config);
      if (arguments[0].equals("work")) {
        new EngineProgram(engine).work();
      } else {
        engine.close();
        EmbeddedClickHouse.shutDownForGood();
      }
    } catch (ClickHouseException e) {
      say(e.kind() + " " + e.getMessage());
    } catch (IllegalStateException e) {
      say(String.valueOf(e.getMessage()));
    }
  }

  private void work() throws ClickHouseException {
    engine.execute(Query.of(TABLE));
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    for (int i = 0; i < 2; i++) {
      Thread.ofPlatform().start(this::insertBlocks);
      Thread.ofPlatform().start(this::readRows);
    }
    Thread.ofPlatform().start(this::queryWithoutEnd);
    Thread.ofPlatform().daemon().start(this::throwAndAllocate);
  }

  /// The order of the stop; the exit code is 0 only because of the last line.
  private void stop() {
    stopping.set(true);
    engine.close();
    EmbeddedClickHouse.shutDownForGood();
    say("stopped after " + caught.get() + " NullPointerExceptions");
    Runtime.getRuntime().halt(0);
  }

  private void insertBlocks() {
    untilStopped(() -> {
      long number = blocks.getAndIncrement();
      engine.insert(insert(number), ClickHouseContract.block(number * BLOCK_ROWS, BLOCK_ROWS));
      say("acknowledged " + number);
    });
  }

  static String insert(long number) {
    return "INSERT INTO default.t (a, s) SETTINGS async_insert = 0, insert_deduplication_token = '%s'"
        .formatted(number);
  }

  private void readRows() {
    untilStopped(() -> {
      try (Rows rows = engine.query(Query.of("SELECT a, s FROM default.t LIMIT 100000"))) {
        while (rows.next() && rows.getLong(0) >= 0) {}
      }
    });
  }

  private void queryWithoutEnd() {
    untilStopped(() -> {
      try (Rows rows = engine.query(Query.of("SELECT count() FROM numbers(1000000000000000)"))) {
        rows.next();
      }
    });
  }

  /// The JVM turns SIGSEGV into NullPointerException here, and the collector uses signals as well.
  private void throwAndAllocate() {
    @Nullable String[] texts = new @Nullable String[1];
    while (!stopping.get()) {
      caught.addAndGet(lengthOrOne(texts[0]));
      texts = new @Nullable String[1000];
    }
  }

  @SuppressWarnings("NullAway") // on purpose
  private static int lengthOrOne(@Nullable String text) {
    try {
      return text.length();
    } catch (NullPointerException _) {
      return 1;
    }
  }

  private void untilStopped(Step step) {
    while (!stopping.get()) {
      try {
        step.run();
      } catch (ClickHouseException e) {
        if (!stopping.get()) {
          say("failed: " + e.kind() + " " + e.getMessage());
        }
      }
    }
  }

  @FunctionalInterface
  private interface Step {
    void run() throws ClickHouseException;
  }
}
