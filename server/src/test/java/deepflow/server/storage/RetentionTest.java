package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static Store open(Duration retention, Instant now) throws Exception {
    return Store.open(
        engine.clickHouse(),
        StoreConfig.single(retention),
        InstantSource.fixed(now),
        new Random(1));
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
    var rollups =
        new Rollups(
            engine.clickHouse(), store, InstantSource.system(), _ -> {}, Rollups.Pace.NORMAL);
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
}
