package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import deepflow.clickhouse.Query;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/// A machine starts with a clock that is months ahead, and NTP sets it afterwards.
class ClockAheadTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Duration MONTHS = Duration.ofDays(200);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final List<String> OF_DAYS = List.of("spans", "red_1m", "service_calls");

  private final Instant begin = Instant.now().truncatedTo(ChronoUnit.DAYS).plusSeconds(43_200);
  private Instant clock = begin;
  private long elapsed;

  @BeforeEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
  }

  private Store open(long freeBytesMin) throws Exception {
    var config =
        new StoreConfig(
            Lifetimes.of(Duration.ofDays(3)),
            freeBytesMin,
            StoreConfig.METRICS_KEYS,
            "MergeTree",
            "ReplacingMergeTree",
            "");
    return Store.open(
        engine.clickHouse(),
        config,
        new WallClock(() -> clock, () -> elapsed, WallClock.TRIAL),
        new Random(1));
  }

  private Store open() throws Exception {
    return open(0);
  }

  private void pass(Duration time) {
    clock = clock.plus(time);
    elapsed += time.toNanos();
  }

  private static void insert(String table, Instant time) throws Exception {
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.%s (block_time) SELECT toDateTime(%s, 'UTC')"
                    .formatted(table, time.getEpochSecond())));
  }

  private static void insertSecond(BlockId block) throws Exception {
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.red_1s (block_time, block_id, time, service, request) SELECT %1$s, %2$s, %1$s, 'shop', 7"
                    .formatted(block.timeSeconds(), block.number())));
  }

  private static long rows(String table) throws Exception {
    return Store.number(engine.clickHouse(), Query.of("SELECT count() FROM deepflow." + table));
  }

  private void insertOfToday() throws Exception {
    for (String table : OF_DAYS) {
      insert(table, begin);
    }
  }

  private static void assertAllIsThere() throws Exception {
    for (String table : OF_DAYS) {
      assertThat(rows(table)).as(table).isOne();
    }
  }

  @Test
  void nothingIsDroppedByAClockThatIsAheadUntilItIsSet() throws Exception {
    clock = begin.plus(MONTHS);
    Store store = open();
    insertOfToday();
    store.expiry().run();
    pass(Duration.ofMinutes(9));
    store.expiry().run();
    assertAllIsThere();

    clock = clock.minus(MONTHS);
    for (int minute = 0; minute < 12; minute++) {
      store.expiry().run();
      pass(MINUTE);
    }
    assertAllIsThere();
  }

  @Test
  void nothingIsDroppedByAClockThatHasJustJumpedAhead() throws Exception {
    Store store = open();
    insertOfToday();
    pass(Duration.ofMinutes(20));
    store.expiry().run();
    clock = clock.plus(MONTHS);
    store.expiry().run();
    pass(Duration.ofMinutes(9));
    store.expiry().run();

    assertAllIsThere();
  }

  @Test
  void daysThatAreOverGoTenMinutesAfterTheStart() throws Exception {
    Store store = open();
    for (String table : OF_DAYS) {
      insert(table, begin.minus(Duration.ofDays(20)));
    }
    store.expiry().run();
    assertAllIsThere();

    pass(Duration.ofMinutes(10));
    store.expiry().run();
    for (String table : OF_DAYS) {
      assertThat(rows(table)).as(table).isZero();
    }
  }

  @Test
  void aFullDiskWaitsForNoClock() throws Exception {
    Store store = open(Long.MAX_VALUE);
    insert("spans", begin.minus(Duration.ofDays(2)));
    insert("spans", begin);
    store.expiry().run();

    assertThat(rows("spans")).isOne();
  }

  @Test
  void aFullDiskTakesAllDaysBeforeTheOneOfTheNewestBlock() throws Exception {
    insertOfTheFuture();
    Store store = open(Long.MAX_VALUE);
    insert("spans", begin.minus(Duration.ofDays(1)));
    insert("spans", begin);
    for (int look = 1; look <= 4; look++) {
      store.expiry().run();
    }

    assertThat(rows("spans")).isOne();
    assertThat(rows("spans WHERE block_id > 0")).isOne();
  }

  private BlockId insertOfTheFuture() throws Exception {
    clock = begin.plus(MONTHS);
    BlockId block = open().nextBlock();
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.spans (block_time, block_id) SELECT %s, %s"
                    .formatted(block.timeSeconds(), block.number())));
    clock = begin;
    return block;
  }

  @Test
  void numbersGoOnAtHalfTheSpeedOfTimeUntilTheClockHasCaughtUp() {
    clock = begin.plusSeconds(60);
    var numbers =
        new BlockNumbers(new WallClock(() -> clock, () -> elapsed, WallClock.TRIAL), /* last= */ 0);
    long last = numbers.next().number();
    clock = begin;

    pass(Duration.ofSeconds(10));
    assertThat(numbers.next().number() - last).isEqualTo(5_000_000_000L);
    assertThat(numbers.next().number() - last).isEqualTo(5_000_000_001L);
    pass(Duration.ofMinutes(2));
    assertThat(numbers.next().number())
        .isEqualTo(ChronoUnit.NANOS.between(Instant.EPOCH, begin.plusSeconds(130)));
  }

  @Test
  void aStoreWhoseNumbersRanAheadGetsItsMinutes() throws Exception {
    insertOfTheFuture();
    Store store = open();
    for (int minute = 0; minute < 6; minute++) {
      BlockId block = store.nextBlock();
      insertSecond(block);
      store.forget(block);
      pass(MINUTE);
    }
    pass(Duration.ofMinutes(5));

    var rollups = new Rollups(engine.clickHouse(), store, _ -> {}, Rollups.Pace.NORMAL);
    while (rollups.rollUp()) {
      // the blocks of the next minute
    }

    assertThat(rolledUp()).isEqualTo(1 + 6 * 7);
  }

  private static long rolledUp() throws Exception {
    return Store.number(
        engine.clickHouse(),
        Query.of(
            "SELECT toUInt64(sum(request)) FROM deepflow.red_1m WHERE rollup IN"
                + " (SELECT rollup FROM deepflow.rollups)"));
  }

  @Test
  void aStoreWhoseNewestBlockIsAheadOfTheClockSaysSoWhenItIsOpened() throws Exception {
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    var logger = (Logger) LoggerFactory.getLogger(BlockNumbers.class);
    logger.addAppender(lines);
    try {
      open();
      assertThat(lines.list).isEmpty();
      BlockId newest = insertOfTheFuture();
      open();

      assertThat(lines.list)
          .singleElement()
          .satisfies(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.ERROR);
            assertThat(line.getFormattedMessage())
                .contains(Instant.ofEpochSecond(newest.timeSeconds()).toString(), "4800 h");
          });
    } finally {
      logger.detachAppender(lines);
    }
  }
}
