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
}
