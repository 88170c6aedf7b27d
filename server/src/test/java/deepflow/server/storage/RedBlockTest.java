package deepflow.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedBlockTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final int SPANS = 30_000;

  private static RedSpan span(int service, int name) {
    var span = new RedSpan();
    span.service = ("service-" + service).getBytes(UTF_8);
    span.serviceNumber = service;
    span.bytes = ("name-" + name).getBytes(UTF_8);
    span.nameLength = span.bytes.length;
    span.nameNumber = name;
    span.start = 1_790_000_000_000_000_000L;
    span.end = span.start + 5_000;
    return span;
  }

  @Test
  void countsEachSpanHoweverManyDifferentTagsTheyHave() throws Exception {
    Store store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(SEED));
    var names = new RedBlock(RedKeys.ROWS_MAX);
    BlockId one = store.nextBlock();
    for (int i = 0; i < SPANS; i++) {
      names.add(one, span(i % 3, i));
    }
    names.finish(one);
    store.insertOnce(RedBlock.TABLE, one, names.block(), false);
    var services = new RedBlock(RedKeys.ROWS_MAX);
    BlockId other = store.nextBlock();
    for (int i = 0; i < SPANS; i++) {
      services.add(other, span(i, i));
    }
    services.finish(other);
    store.insertOnce(RedBlock.TABLE, other, services.block(), false);

    String spans = "SELECT toUInt64(sum(request)) FROM deepflow.red_1s WHERE block_id = %s";
    assertThat(engine.number(spans.formatted(one.number()))).isEqualTo(SPANS);
    assertThat(engine.number(spans.formatted(other.number()))).isEqualTo(SPANS);
    String ofOthers = spans + " AND name = '(other)' AND service %s";
    assertThat(engine.number(ofOthers.formatted(one.number(), "LIKE 'service-%'")))
        .isEqualTo(names.overflow())
        .isEqualTo(SPANS - RedKeys.ROWS_MAX);
    assertThat(names.block().rows()).isEqualTo(RedKeys.ROWS_MAX + 3);
    assertThat(engine.number(ofOthers.formatted(other.number(), "= '(other)'")))
        .isEqualTo(SPANS - 2L * RedKeys.ROWS_MAX);
    assertThat(services.block().rows()).isEqualTo(2 * RedKeys.ROWS_MAX + 1);
  }

  /// A few thousand spans whose start nobody set would make the sum pass 64 bits.
  @Test
  void noDurationIsKnownOfSpansWhoseStartIsNotSet() {
    BlockId id = new BlockId(1_790_000_000_000_000_000L);
    var red = new RedBlock(RedKeys.ROWS_MAX);
    RedSpan unset = span(1, 1);
    unset.start = 0;
    for (int i = 0; i < SPANS; i++) {
      red.add(id, unset);
    }
    red.add(id, span(1, 1));
    red.finish(id);

    assertThat(red.figures(0)).containsExactly(SPANS + 1, 0, 0, 0, 1, 5, 5);
  }

  /// As a block does, with the sets of tags that have the most requests.
  @Test
  void countsEachSpanOfAMinuteHoweverManyDifferentTagsItsBlocksHave() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow"));
    Store store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(3)).withMetricsKeys(4),
            InstantSource.system(),
            new Random(SEED));
    int minuteKeys = 4 * 8;
    int services = 2 * minuteKeys;
    for (int block = 0; block < services; block++) {
      var red = new RedBlock(100);
      BlockId id = store.nextBlock();
      for (int name = 0; name < 10; name++) {
        red.add(id, span(block, name));
        red.add(id, span(0, 77));
      }
      red.finish(id);
      store.insertOnce(RedBlock.TABLE, id, red.block(), false);
      store.forget(id);
    }
    List<Rollup.Found> found = new ArrayList<>();
    var rollups = new Rollups(engine.clickHouse(), store, found::add, Rollups.Pace.NORMAL);
    assertThat(rollups.rollUp(Long.MAX_VALUE)).isTrue();

    String requests = "SELECT toUInt64(sum(request)) FROM deepflow.red_1m WHERE ";
    assertThat(engine.number(requests + "true")).isEqualTo(20L * services);
    assertThat(engine.number(requests + "service = 'service-0' AND name = 'name-77'"))
        .isEqualTo(10L * services);
    assertThat(engine.number("SELECT count() FROM deepflow.red_1m WHERE name != '(other)'"))
        .isEqualTo(minuteKeys);
    assertThat(engine.number("SELECT count() FROM deepflow.red_1m")).isEqualTo(2 * minuteKeys + 1);
    assertThat(engine.number(requests + "service = '(other)'")).isPositive();
    assertThat(found)
        .singleElement()
        .returns(10L * services - (minuteKeys - 1), Rollup.Found::overflow);
    assertThat(engine.number(requests + "name = '(other)'")).isEqualTo(found.getFirst().overflow());
    assertThat(
            engine.number(
                "SELECT toUInt64(arraySum(tupleElement(sumMap(rrt_buckets, rrt_counts), 2)))"
                    + " FROM deepflow.red_1m"))
        .isEqualTo(20L * services);
  }

  @Test
  void keepsSecondsForADayAndMinutesForAWeek() throws Exception {
    Store store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(SEED));
    long now = store.nextBlock().number();
    for (int hours : List.of(1, 22, 26, 72, 160, 200)) {
      var id = new BlockId(now - Duration.ofHours(hours).toNanos());
      var red = new RedBlock(RedKeys.ROWS_MAX);
      RedSpan span = span(hours, hours);
      span.service = ("kept-" + hours).getBytes(UTF_8);
      red.add(id, span);
      red.finish(id);
      store.insertOnce(RedBlock.TABLE, id, red.block(), false);
      engine
          .clickHouse()
          .execute(
              Query.of(
                      "INSERT INTO deepflow.red_1m (block_time, service)"
                          + " SELECT toDateTime({time:UInt32}, 'UTC'), {service:String}")
                  .with("time", id.timeSeconds())
                  .with("service", "kept-" + hours)
                  .setting("async_insert", 0));
    }

    Query rolledUp =
        Query.of("INSERT INTO deepflow.rollups SELECT now(), {end:UInt64}, 0, {end:UInt64}, 0");
    engine.clickHouse().execute(rolledUp.with("end", now));
    store.expiry().run();
    engine.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.rollups"));

    // They go a day at a time.
    assertThat(kept("red_1s"))
        .contains("kept-1", "kept-22")
        .doesNotContain("kept-72", "kept-160", "kept-200");
    assertThat(kept("red_1m")).contains("kept-1", "kept-26").doesNotContain("kept-200");
    assertThat(timeToLive("red_1s")).as("the engine doesn't know what is rolled up").isEmpty();
    assertThat(timeToLive("red_1m")).as("nor what was chosen").isEmpty();
  }

  private static List<String> kept(String table) throws Exception {
    engine.clickHouse().execute(Query.of("OPTIMIZE TABLE deepflow.%s FINAL".formatted(table)));
    List<String> services = new ArrayList<>();
    try (Rows rows = engine.clickHouse().query(Query.of("SELECT service FROM deepflow." + table))) {
      while (rows.next()) {
        services.add(rows.getString(0));
      }
    }
    return services;
  }

  private static String timeToLive(String table) throws Exception {
    var query =
        Query.of(
                "SELECT extract(engine_full, 'TTL block_time \\+ (toIntervalSecond\\(\\d+\\))')"
                    + " FROM system.tables WHERE database = 'deepflow' AND name = {table:String}")
            .with("table", table);
    try (Rows rows = engine.clickHouse().query(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getString(0);
    }
  }

  @Test
  void putsEachDurationIntoTheBucketThatStandsForIt() {
    var random = new Random(SEED);
    for (int i = 0; i < 10_000; i++) {
      long micros = 1 + (random.nextLong() >>> random.nextInt(12, 63));
      int bucket = DurationBuckets.bucket(micros);
      double middle = Math.pow(DurationBuckets.GROWTH, bucket) * 2 / (1 + DurationBuckets.GROWTH);
      assertThat(Math.abs(middle - micros) / micros)
          .as("%s µs; tests.seed=%s", micros, SEED)
          .isLessThan(0.01);
    }
  }
}
