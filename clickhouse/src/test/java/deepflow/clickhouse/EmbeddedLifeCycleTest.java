package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Opening and closing, and what happens to those who are in the middle of something.
@Timeout(120)
class EmbeddedLifeCycleTest {
  private static final String ENDLESS = "SELECT count() FROM numbers(1000000000000000)";

  @TempDir Path directory;

  @AfterEach
  void nothingIsLeft() {
    ThrowAwayEngine.assertNothingIsLeft();
  }

  private EmbeddedClickHouseConfig config() {
    return EmbeddedClickHouseConfig.at(directory.resolve("store"));
  }

  @Test
  void keepsItsDataAndOpensAnotherStoreAfterwards() throws Exception {
    try (var engine = EmbeddedClickHouse.open(config())) {
      engine.execute(Query.of(EngineProgram.TABLE));
      engine.insert("INSERT INTO default.t", ClickHouseContract.block(0, 3));
    }
    try (var other = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(directory.resolve("b")))) {
      assertThat(longOf(other, "SELECT count() FROM system.tables WHERE name = 't'")).isZero();
    }
    try (var engine = EmbeddedClickHouse.open(config())) {
      assertThat(longOf(engine, "SELECT count() FROM default.t")).isEqualTo(3);
    }
  }

  /// Which it didn't by itself: it counted how much of the cap of memory was free.
  @Test
  void readsWithAsManyThreadsAsAStatementMayUse() throws Exception {
    List<String> pipeline = new ArrayList<>();
    try (var engine = EmbeddedClickHouse.open(config())) {
      engine.execute(
          Query.of("CREATE TABLE default.many (n UInt64) ENGINE = MergeTree ORDER BY n"));
      engine.execute(Query.of("INSERT INTO default.many SELECT number FROM numbers(1000000)"));
      String sql = "EXPLAIN PIPELINE SELECT count() FROM default.many WHERE n % 3 = 0";
      try (Rows rows = engine.query(Query.of(sql))) {
        while (rows.next()) {
          pipeline.add(rows.getString(0));
        }
      }
    }
    assertThat(pipeline).anyMatch(step -> step.matches(" *MergeTreeSelect.* × 2 .*"));
  }

  @Test
  void opensOneAtATime() throws Exception {
    try (var engine = EmbeddedClickHouse.open(config())) {
      ClickHouseContract.assertFails(() -> EmbeddedClickHouse.open(config()), Kind.BUSY);
      assertThat(longOf(engine, "SELECT 1")).isEqualTo(1);
    }
  }

  @Test
  void canBeOpenedAfterItCouldNot() throws Exception {
    Files.writeString(directory.resolve("store"), "a file");
    ClickHouseContract.assertFails(() -> EmbeddedClickHouse.open(config()), Kind.BUG);
    Files.delete(directory.resolve("store"));
    EmbeddedClickHouse.open(config()).close();
  }

  @Test
  void takesAnotherSpellingOfThePathForTheSame() throws Exception {
    EmbeddedClickHouse.open(config()).close();
    Path link = Files.createSymbolicLink(directory.resolve("link"), config().path());
    EmbeddedClickHouse.open(config().withPath(link.resolve("."))).close();
  }

  @Test
  void isBusyWhileAllReadersAre() throws Exception {
    var one =
        new EmbeddedClickHouseConfig(
            config().path(),
            500_000_000,
            300_000_000,
            Duration.ofSeconds(5),
            Duration.ofMillis(50),
            1,
            1,
            1,
            1,
            1);
    try (var engine = EmbeddedClickHouse.open(one)) {
      try (Rows rows = engine.query(Query.of("SELECT number FROM system.numbers"))) {
        assertThat(rows.next()).isTrue();
        assertThatThrownBy(() -> engine.query(Query.of("SELECT 1")))
            .hasMessage("no reader was free for 50 ms; there are 1");
        engine.execute(Query.of("SELECT 1"));
        engine.query(Query.untrusted("SELECT 1")).close();
      }
      assertThat(longOf(engine, "SELECT 1")).isEqualTo(1);
    }
  }

  @Test
  void endsWhatRunsWhenItIsClosed() throws Exception {
    List<CompletableFuture<Object>> outcomes = new ArrayList<>();
    var engine = EmbeddedClickHouse.open(config());
    engine.execute(Query.of(EngineProgram.TABLE));
    Rows forgotten = engine.query(Query.of("SELECT number FROM system.numbers"));
    assertThat(forgotten.next()).isTrue();
    outcomes.add(ClickHouseContract.start(() -> longOf(engine, ENDLESS)));
    outcomes.add(ClickHouseContract.start(() -> users(engine)));
    outcomes.add(ClickHouseContract.start(() -> execute(engine)));
    while (longOf(
            engine,
            "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000000%' AND query NOT LIKE '%system.processes%'")
        < 3) {
      Thread.onSpinWait();
    }
    engine.close();
    engine.close();

    ClickHouseContract.assertEnded(engine, outcomes, forgotten);
  }

  @Test
  void gaveTheEngineTheSettingsThatItWasTold() throws Exception {
    var config = config().withMemory(600_000_000);
    try (var engine = EmbeddedClickHouse.open(config)) {
      String server = "SELECT toUInt64(value) FROM system.server_settings WHERE name = ";
      assertThat(longOf(engine, server + "'max_server_memory_usage'")).isEqualTo(600_000_000);
      assertThat(longOf(engine, server + "'mark_cache_size'")).isEqualTo(75_000_000);
      String session = "SELECT toUInt64(value) FROM system.settings WHERE name = ";
      assertThat(longOf(engine, session + "'async_insert'")).isZero();
      assertThat(longOf(engine, session + "'max_execution_time'")).isEqualTo(60);
      assertThat(longOf(engine, session + "'max_memory_usage'")).isEqualTo(400_000_000);
    }
  }

  @Test
  void isBusyAndLivesOnWhenTheEngineIsOutOfMemory() throws Exception {
    try (var engine = EmbeddedClickHouse.open(config().withMemory(400_000_000))) {
      var greedy =
          Query.of("SELECT length(groupArray(number)) FROM numbers(1000000000)")
              .setting("max_memory_usage", 0);
      ClickHouseContract.assertFails(() -> engine.query(greedy).close(), Kind.BUSY);
      assertThat(longOf(engine, "SELECT 1")).isEqualTo(1);
    }
  }

  @Test
  void refusesToExecuteAUsersStatement() throws Exception {
    try (var engine = EmbeddedClickHouse.open(config())) {
      assertThatThrownBy(() -> engine.execute(Query.untrusted("SELECT 1")))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static Object users(ClickHouse engine) throws ClickHouseException {
    try (Rows rows = engine.query(Query.untrusted(ENDLESS))) {
      return rows.next();
    }
  }

  private static Object execute(ClickHouse engine) throws ClickHouseException {
    engine.execute(
        Query.of("INSERT INTO default.t SELECT count(), '' FROM numbers(1000000000000000)"));
    return true;
  }

  private static long longOf(ClickHouse engine, String sql) throws ClickHouseException {
    try (Rows rows = engine.query(Query.of(sql))) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(0);
    }
  }
}
