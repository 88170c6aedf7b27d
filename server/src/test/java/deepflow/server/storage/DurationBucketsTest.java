package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.ShortColumn;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DurationBucketsTest {
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());

  /// As many rows as a block can have when an operator asks for the most sets of tags.
  private static final int ROWS = 2 * RedKeys.ROWS_MOST + 2;

  @Test
  void countsADurationOfEachRowHoweverManyThereAre() {
    var random = new Random(SEED);
    var buckets = new DurationBuckets();
    for (int row = 0; row < ROWS; row++) {
      buckets.add(row, 1 + (random.nextLong() >>> 1) / 1_000, 1);
    }
    buckets.sort();

    var numbers = new ShortColumn("UInt16");
    var counts = new LongColumn("Int64");
    for (int row = 0; row < ROWS; row++) {
      buckets.append(row, numbers, counts);
      assertThat(numbers.rows()).as("row %s, seed %s", row, SEED).isEqualTo(row + 1);
    }
  }
}
