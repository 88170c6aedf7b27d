package deepflow.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Each value is told for each second that it is in, once.
class ValueIndexBlockTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final int VALUES = 40_000;

  /// Seconds on both sides of 1970.
  private static final long RANGE_NANOS = 30_000_000_000L;

  private final Random random = new Random(SEED);

  @Test
  void tellsTheSecondsOfValuesThatComeInTheOrderOfTheirSpans() throws Exception {
    check(starts().sorted().toArray());
  }

  @Test
  void tellsTheSecondsOfValuesThatComeInAnyOrder() throws Exception {
    check(starts().toArray());
  }

  private LongStream starts() {
    return random.longs(VALUES, -RANGE_NANOS, RANGE_NANOS);
  }

  private void check(long[] starts) throws Exception {
    Store store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            random);
    engine.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.value_index"));
    var block = new ValueIndexBlock();
    // A block is used again, so what it held before must be gone.
    add(block, Arrays.copyOf(starts, VALUES / 7));
    block.finish(store.nextBlock());
    block.clear();
    Set<String> expected = add(block, starts);
    BlockId id = store.nextBlock();
    block.finish(id);
    store.insertOnce(ValueIndexBlock.TABLE, id, block.block(), false);

    assertThat(rows()).as("tests.seed=%s", SEED).containsExactlyInAnyOrderElementsOf(expected);
  }

  private Set<String> add(ValueIndexBlock block, long[] starts) {
    var expected = new HashSet<String>();
    for (long start : starts) {
      String value = "value-" + random.nextInt(random.nextBoolean() ? 10 : VALUES);
      byte[] bytes = value.getBytes(UTF_8);
      block.add(bytes, 0, bytes.length, start);
      expected.add(ValueIndexBlock.hash(value) + " " + SpanOrder.step(start));
    }
    return expected;
  }

  private static List<String> rows() throws Exception {
    List<String> rows = new ArrayList<>();
    Query query = Query.of("SELECT toInt64(hash), step FROM deepflow.value_index");
    try (Rows found = engine.clickHouse().query(query)) {
      while (found.next()) {
        rows.add(found.getLong(0) + " " + found.getLong(1));
      }
    }
    return rows;
  }
}
