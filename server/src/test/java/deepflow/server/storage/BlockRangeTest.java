package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BlockRangeTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SECOND = 1_000_000_000L;
  private static final long BLOCK = System.currentTimeMillis() / 1_000 * SECOND;
  private static final int FOUND_BY = 7;

  @BeforeEach
  void open() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(30)),
        InstantSource.system(),
        new Random(1));
  }

  /// Stores a span of each of these traces.
  ///
  /// @param start ns since 1970-01-01 UTC
  private static void store(long block, long firstTrace, int traces, long start) throws Exception {
    engine
        .clickHouse()
        .execute(
            bound(
                "INSERT INTO deepflow.spans (block_time, block_id, trace_id, start_time)"
                    + " SELECT toDateTime(intDiv({block:UInt64}, 1000000000), 'UTC'), {block:UInt64},"
                    + " toFixedString(unhex(leftPad(hex(number), 32, '0')), 16),"
                    + " fromUnixTimestamp64Nano({start:Int64}, 'UTC')"
                    + " FROM numbers({first:UInt64}, {traces:UInt64})",
                block,
                firstTrace,
                traces,
                start));
    engine
        .clickHouse()
        .execute(
            bound(
                "INSERT INTO deepflow.trace_index (block_time, block_id, trace_id, start_time,"
                    + " end_time, span_count) SELECT block_time, block_id, trace_id, start_time,"
                    + " start_time, 1 FROM deepflow.spans WHERE block_id = {block:UInt64}"
                    + " AND start_time = fromUnixTimestamp64Nano({start:Int64}, 'UTC')",
                block,
                firstTrace,
                traces,
                start));
  }

  private static Query bound(String sql, long block, long firstTrace, int traces, long start) {
    return Query.of(sql)
        .with("block", block)
        .with("first", firstTrace)
        .with("traces", traces)
        .with("start", start);
  }

  private static long secondsBefore(BlockRange range, String bound) {
    String number = range.bound("").parameters().get(bound);
    return (BLOCK - Long.parseLong(number)) / SECOND;
  }

  private static long found(String condition) throws Exception {
    return Store.number(
        engine.clickHouse(),
        Query.of(
                "SELECT uniqExact(trace_id) FROM deepflow.repeated_traces"
                    + " WHERE found_by = {by:UInt64} AND "
                    + condition)
            .with("by", FOUND_BY));
  }

  /// After an outage, or where the sender samples by whole traces, all come late.
  @Test
  void aSpanOf1970AmongManyThatAreLateIsSearchedFarBackAndTheOthersAreNot() throws Exception {
    store(BLOCK, 1, BlockRange.LATE_MAX, BLOCK - 600 * SECOND);
    store(BLOCK, 0, 1, 0);
    var range = new BlockRange(BLOCK, BLOCK + 1, 0);

    range.findRepeated(engine.clickHouse(), FOUND_BY);

    assertThat(secondsBefore(range, "near")).isBetween(600L, 700L);
    assertThat(secondsBefore(range, "far")).isEqualTo(BLOCK / SECOND);
  }

  @Test
  void findsACopyOfEachOfManyThatAreLateAndOfTheOldest() throws Exception {
    store(BLOCK - 590 * SECOND, 1, BlockRange.LATE_MAX + 5, BLOCK - 600 * SECOND);
    store(BLOCK - 7_200 * SECOND, 0, 1, 0);
    store(BLOCK, 1, BlockRange.LATE_MAX + 5, BLOCK - 600 * SECOND);
    store(BLOCK, 0, 1, 0);

    new BlockRange(BLOCK, BLOCK + 1, 0).findRepeated(engine.clickHouse(), FOUND_BY);

    assertThat(found("reinterpretAsUInt128(trace_id) = 0")).isOne();
    assertThat(found("reinterpretAsUInt128(trace_id) != 0")).isEqualTo(BlockRange.LATE_MAX + 5);
  }

  @Test
  void findsACopyThatComesWhenAClockThatIsAheadSaysItIsTime() throws Exception {
    assertFindsACopyOfAClockAhead(300, 300);
  }

  @Test
  void findsACopyThatComesLateThoughTheFirstCameFromAClockThatIsAhead() throws Exception {
    assertFindsACopyOfAClockAhead(300, 1_200);
  }

  @Test
  void findsACopyThatComesAfterHoursThoughTheFirstCameFromAClockThatIsNearlyAnHourAhead()
      throws Exception {
    assertFindsACopyOfAClockAhead(3_500, 18_000);
  }

  @Test
  void findsACopyThatComesBeforeAClockThatIsNearlyAnHourAheadSaysItIsTime() throws Exception {
    assertFindsACopyOfAClockAhead(3_500, 1_800);
  }

  private static void assertFindsACopyOfAClockAhead(int secondsAhead, int secondsLater)
      throws Exception {
    long first = BLOCK - secondsLater * SECOND;
    store(first, 0, 1, first + secondsAhead * SECOND);
    store(BLOCK, 0, 1, first + secondsAhead * SECOND);

    new BlockRange(BLOCK, BLOCK + 1, 0).findRepeated(engine.clickHouse(), FOUND_BY);

    assertThat(found("1")).isOne();
  }

  @Test
  void looksNoFartherBackWhereNoClockIsAhead() throws Exception {
    store(BLOCK - 1_800 * SECOND, 0, 10, BLOCK - 1_800 * SECOND);
    store(BLOCK - 1_800 * SECOND, 10, 10, BLOCK); // others, of a clock that is ahead
    store(BLOCK, 0, 5, BLOCK);
    var inTime = new BlockRange(BLOCK, BLOCK + 1, 0);
    inTime.findRepeated(engine.clickHouse(), FOUND_BY);
    store(BLOCK, 5, 5, BLOCK - 600 * SECOND);
    var late = new BlockRange(BLOCK, BLOCK + 1, 0);
    late.findRepeated(engine.clickHouse(), FOUND_BY);

    assertThat(secondsBefore(inTime, "far")).isEqualTo(120);
    assertThat(secondsBefore(late, "far")).isEqualTo(660);
  }
}
