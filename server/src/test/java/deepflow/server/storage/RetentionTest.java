package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static Store open(Duration retention, Instant now) throws Exception {
    return open(Lifetimes.of(retention), now);
  }

  private static Store open(Lifetimes kept, Instant now) throws Exception {
    return Store.open(
        engine.clickHouse(), StoreConfig.single(kept), InstantSource.fixed(now), new Random(1));
  }

  private static void execute(String sql) throws Exception {
    engine.clickHouse().execute(Query.of(sql));
  }

  /// What spans need to be found and shown: parts know when they expire since they were written.
  @ParameterizedTest
  @ValueSource(strings = {"value_index", "resources", "scopes", "labels"})
  void longerRetentionHoldsForWhatIsStoredAlready(String table) throws Exception {
    open(Duration.ofDays(1), Instant.now());
    execute("SYSTEM STOP TTL MERGES");
    execute("TRUNCATE TABLE deepflow." + table);
    execute("INSERT INTO deepflow.%s (day) SELECT today() - 20".formatted(table));

    open(Duration.ofDays(30), Instant.now());
    execute("SYSTEM START TTL MERGES");
    execute("OPTIMIZE TABLE deepflow.%s FINAL".formatted(table));

    assertThat(Store.number(engine.clickHouse(), Query.of("SELECT count() FROM deepflow." + table)))
        .isOne();
  }

  /// A rollup takes no block before the end of the last one, so a block named there would never be
  /// in a minute.
  @Test
  void aStoreWhoseClockIsBehindNamesBlocksAfterAllThatWasRolledUp() throws Exception {
    Instant now = Instant.now();
    long end = ChronoUnit.NANOS.between(Instant.EPOCH, now.plusSeconds(90));
    open(Duration.ofDays(1), now);
    execute(
        "INSERT INTO deepflow.rollups SELECT now(), %s, %s, %s, 0"
            .formatted(end - 1_000, end - 60_000_000_000L, end));

    assertThat(open(Duration.ofDays(1), now).nextBlock().number()).isGreaterThanOrEqualTo(end);
  }

  /// Rows of one that was never finished would count with what comes under its number.
  @ParameterizedTest
  @CsvSource({
    "refusals, block_id",
    "red_1s, block_id",
    "red_1m, rollup",
    "service_calls, rollup",
    "span_links, rollup"
  })
  void aNumberIsNotGivenAgainIfACrashLeftRowsOfIt(String table, String number) throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    Instant now = Instant.now();
    BlockId given = open(Duration.ofDays(1), now).nextBlock();
    execute(
        "INSERT INTO deepflow.%s (block_time, %s) SELECT toDateTime(%s, 'UTC'), %s"
            .formatted(table, number, given.timeSeconds(), given.number()));

    assertThat(open(Duration.ofDays(1), now).nextBlock().number()).isGreaterThan(given.number());
  }

  /// A copy of a data directory that was put aside, for example: the engine is there before we are.
  @ParameterizedTest
  @ValueSource(strings = {"resources", "scopes", "labels", "repeated_traces"})
  void whatOldSpansNeedIsThereStillWhenTheStoreIsOpenedToKeepThemLonger(String table)
      throws Exception {
    String column = table.equals("repeated_traces") ? "block_time" : "day";
    open(Duration.ofDays(3), Instant.now());
    execute("TRUNCATE TABLE deepflow." + table);
    execute("INSERT INTO deepflow.%s (%s) SELECT today() - 10".formatted(table, column));
    execute("OPTIMIZE TABLE deepflow.%s FINAL".formatted(table));

    open(Duration.ofDays(3_650), Instant.now()).expiry().run();
    assertThat(rows(table)).isOne();
    open(Duration.ofDays(3), Instant.now()).expiry().run();
    awaitRows(table, 0);
  }

  private static long rows(String table) throws Exception {
    return Store.number(engine.clickHouse(), Query.of("SELECT count() FROM deepflow." + table));
  }

  private static void awaitRows(String table, long rows) throws Exception {
    Instant limit = Instant.now().plusSeconds(20);
    while (rows(table) != rows && Instant.now().isBefore(limit)) {
      Thread.sleep(50);
    }
    assertThat(rows(table)).as(table).isEqualTo(rows);
  }

  private static long number(Instant time) {
    return ChronoUnit.NANOS.between(Instant.EPOCH, time);
  }

  private static void insertSecond(Instant time) throws Exception {
    execute(
        "INSERT INTO deepflow.red_1s (block_time, block_id, time, service, request) SELECT %1$s, %2$s, %1$s, 'shop', 7"
            .formatted(time.getEpochSecond(), number(time)));
  }

  /// A server is stopped over a weekend: nobody has rolled up its last seconds.
  @Test
  void secondsThatNobodyHasRolledUpOutliveADay() throws Exception {
    Instant friday = Instant.now().minus(Duration.ofHours(49));
    Store store = open(Duration.ofDays(3), Instant.now());
    execute("TRUNCATE TABLE deepflow.rollups");
    execute("TRUNCATE TABLE deepflow.red_1s");
    insertSecond(friday);
    execute("OPTIMIZE TABLE deepflow.red_1s FINAL");
    store.expiry().run();

    store.forget(store.nextBlock());
    var rollups = new Rollups(engine.clickHouse(), store, _ -> {}, Rollups.Pace.NORMAL);
    assertThat(rollups.rollUp(number(Instant.now()))).isTrue();
    assertThat(
            Store.number(engine.clickHouse(), Query.of("SELECT sum(request) FROM deepflow.red_1m")))
        .isEqualTo(7);
    store.expiry().run();
    assertThat(rows("red_1s")).isZero();
    assertThat(rollups.rollUp(number(Instant.now()))).isFalse();
  }

  /// Else the seconds that it has rolled up would be rolled up again.
  @Test
  void theLastRollupIsNeverForgotten() throws Exception {
    Instant now = Instant.now();
    Store store = open(Duration.ofDays(3), now);
    execute("TRUNCATE TABLE deepflow.rollups");
    for (int day = 20; day > 10; day--) {
      Instant then = now.minus(Duration.ofDays(day));
      execute(
          "INSERT INTO deepflow.rollups SELECT %s, %s, %s, %s, 0"
              .formatted(then.getEpochSecond(), number(then) + 1, number(then) - 9, number(then)));
    }
    execute("OPTIMIZE TABLE deepflow.rollups FINAL");
    store.expiry().run();

    awaitRows("rollups", 1);
    assertThat(
            Store.number(
                engine.clickHouse(), Query.of("SELECT max(block_end) FROM deepflow.rollups")))
        .isEqualTo(number(now.minus(Duration.ofDays(11))));
  }

  private static final List<String> METRICS =
      List.of("red_1s", "red_1m", "service_calls", "span_links");
  private static final List<String> ENVELOPES = List.of("resources", "scopes", "labels");
  private static final List<String> EMPTY =
      Stream.of(METRICS, ENVELOPES, List.of("rollups", "retention_rules"))
          .flatMap(List::stream)
          .toList();

  private static final Lifetimes CONFIGURED = Lifetimes.of(Duration.ofDays(3));

  /// Of all metrics alike; spans stay as they are.
  private static Lifetimes metrics(Duration kept) {
    return new Lifetimes(CONFIGURED.spans(), kept, kept, kept);
  }

  private static void insert(String table, Instant time) throws Exception {
    execute(
        "INSERT INTO deepflow.%s (block_time) SELECT %s".formatted(table, time.getEpochSecond()));
  }

  private static Store openEmpty(Lifetimes kept) throws Exception {
    Store store = open(kept, Instant.now());
    for (String table : EMPTY) {
      execute("TRUNCATE TABLE deepflow." + table);
    }
    return store;
  }

  private static void assertRows(long rows, List<String> tables) throws Exception {
    for (String table : tables) {
      assertThat(rows(table)).as(table).isEqualTo(rows);
    }
  }

  @Test
  void aLifetimeThatIsLoweredWhileTheServerRunsTakesWhatIsStoredAlready() throws Exception {
    Store store = openEmpty(metrics(Duration.ofDays(30)));
    for (String table : METRICS) {
      insert(table, Instant.now());
      insert(table, Instant.now().minus(Duration.ofDays(5)));
      insert(table, Instant.now().minus(Duration.ofDays(20)));
    }
    store.expiry().run();
    assertRows(3, METRICS);

    var setting = new RetentionSetting(engine.clickHouse(), CONFIGURED);
    setting.choose(metrics(Duration.ofDays(10)));
    store.expiry().run();
    assertRows(2, METRICS);

    setting.choose(metrics(Lifetimes.METRICS_MIN));
    store.expiry().run();
    assertRows(1, METRICS);
  }

  @Test
  void aLifetimeThatIsRaisedKeepsWhatWouldHaveGoneAndOutlivesARestart() throws Exception {
    Lifetimes configured = metrics(Duration.ofDays(10));
    Store store = openEmpty(configured);
    new RetentionSetting(engine.clickHouse(), configured).choose(metrics(Duration.ofDays(30)));
    for (String table : METRICS) {
      insert(table, Instant.now().minus(Duration.ofDays(20)));
    }
    store.expiry().run();
    assertRows(1, METRICS);

    engine.reopen();
    for (String table : METRICS) {
      execute("OPTIMIZE TABLE deepflow.%s FINAL".formatted(table));
    }
    open(configured, Instant.now()).expiry().run();
    assertRows(1, METRICS);
  }

  @Test
  void eachTableHasALifetimeOfItsOwn() throws Exception {
    Store store =
        openEmpty(
            new Lifetimes(
                CONFIGURED.spans(), Duration.ofDays(2), Duration.ofDays(12), Duration.ofDays(22)));
    execute("INSERT INTO deepflow.rollups SELECT now(), 9, 2, 3, 0");
    for (String table : METRICS) {
      insert(table, Instant.now().minus(Duration.ofDays(5)));
      insert(table, Instant.now().minus(Duration.ofDays(15)));
      insert(table, Instant.now().minus(Duration.ofDays(25)));
    }
    store.expiry().run();

    assertRows(0, List.of("red_1s"));
    assertRows(1, List.of("red_1m"));
    assertRows(2, List.of("service_calls", "span_links"));
  }

  /// A row that takes a span back counts by its rollup.
  @Test
  void whatSecondsHaveTwiceIsTakenBackForAsLongAsTheyAreKept() throws Exception {
    Instant then = Instant.now().minus(Duration.ofDays(20));
    var kept =
        new Lifetimes(
            CONFIGURED.spans(), Duration.ofDays(30), Lifetimes.METRICS_MIN, Lifetimes.METRICS_MIN);
    Store store = openEmpty(kept);
    execute(
        "INSERT INTO deepflow.red_1s (block_time, block_id, correction, request) VALUES (%1$s, 1, 0, 2), (%1$s, 7, 1, -1)"
            .formatted(then.getEpochSecond()));
    execute("INSERT INTO deepflow.rollups SELECT %s, 7, 1, 2, 1".formatted(then.getEpochSecond()));
    execute("INSERT INTO deepflow.rollups SELECT now(), 9, 2, 3, 0");
    store.expiry().run();

    assertThat(
            Store.number(
                engine.clickHouse(), Query.of("SELECT sum(request) FROM " + RedTables.SECONDS)))
        .isOne();
    assertThat(rows("rollups")).isEqualTo(2);
  }

  /// Calls come of a rollup like minutes, which finds what it takes by the seconds.
  @Test
  void secondsThatNobodyHasRolledUpWaitForAsLongAsCallsAreKept() throws Exception {
    var kept =
        new Lifetimes(
            CONFIGURED.spans(), Lifetimes.METRICS_MIN, Lifetimes.METRICS_MIN, Duration.ofDays(30));
    Store store = openEmpty(kept);
    insertSecond(Instant.now().minus(Duration.ofDays(20)));
    store.expiry().run();

    assertThat(rows("red_1s")).isOne();
  }

  @Test
  void whatMetricsNeedIsKeptAsLongAsThey() throws Exception {
    Store store = openEmpty(metrics(Duration.ofDays(30)));
    for (String table : ENVELOPES) {
      execute("INSERT INTO deepflow.%s (day) SELECT today() - 20".formatted(table));
    }
    store.expiry().run();
    assertRows(1, ENVELOPES);

    new RetentionSetting(engine.clickHouse(), CONFIGURED).choose(metrics(Duration.ofDays(10)));
    store.expiry().run();
    for (String table : ENVELOPES) {
      awaitRows(table, 0);
    }
  }

  /// Before there were lifetimes of metrics.
  @Test
  void rulesThatWereChosenBeforeTheUpgradeStayAndMetricsAreKeptAsConfigured() throws Exception {
    openEmpty(CONFIGURED);
    for (String column : new String[] {"metrics_1s", "metrics_1m", "service_graph"}) {
      execute("ALTER TABLE deepflow.retention_rules DROP COLUMN " + column);
    }
    execute("DELETE FROM deepflow.schema_migrations WHERE name = '0017-lifetimes.sql'");
    execute("INSERT INTO deepflow.retention_rules SELECT 1, 1, ['30d status = error'], 43200");
    execute("ALTER TABLE deepflow.red_1m MODIFY TTL block_time + toIntervalSecond(604800)");
    engine.reopen();

    Store store = open(metrics(Duration.ofDays(30)), Instant.now());
    insert("red_1m", Instant.now().minus(Duration.ofDays(20)));
    execute("OPTIMIZE TABLE deepflow.red_1m FINAL");
    store.expiry().run();

    RetentionSetting.Current current =
        new RetentionSetting(engine.clickHouse(), metrics(Duration.ofDays(30))).current();
    assertThat(current.chosen()).isTrue();
    assertThat(current.lifetimes().spans().rules()).hasToString("[30d status = error]");
    assertThat(current.lifetimes().spans().otherwise()).isEqualTo(Duration.ofHours(12));
    assertThat(current.lifetimes().metrics1m()).isEqualTo(Duration.ofDays(30));
    assertThat(rows("red_1m")).isOne();
  }
}
