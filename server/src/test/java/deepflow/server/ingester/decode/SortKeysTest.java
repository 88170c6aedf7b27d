package deepflow.server.ingester.decode;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.storage.SpanOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;

class SortKeysTest {
  private static final long HOUR = 3_600_000_000_000L;

  private record Key(long high, long low, long start) {
    long step() {
      return start / SpanOrder.STEP_NANOS;
    }
  }

  private static final Comparator<Key> TABLE_ORDER =
      Comparator.comparingLong(Key::step)
          .thenComparing(Key::high, Long::compareUnsigned)
          .thenComparing(Key::low, Long::compareUnsigned)
          .thenComparingLong(Key::start);

  @RepeatedTest(50)
  void putsSpansIntoTheOrderOfTheTable() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    int size = 1 + random.nextInt(9_000);
    var keys = new ArrayList<Key>();
    var sorted = new SortKeys();
    for (int i = 0; i < size; i++) {
      Key key = key(random);
      keys.add(key);
      sorted.set(i, key.high, key.low, key.start);
    }

    sorted.sort(size);

    List<Key> order = new ArrayList<>();
    for (int place = 0; place < size; place++) {
      order.add(keys.get(sorted.at(place)));
    }
    assertThat(order)
        .as("tests.seed=%s", seed)
        .containsExactlyInAnyOrderElementsOf(keys)
        .isSortedAccordingTo(TABLE_ORDER);
  }

  /// Few traces with many spans, many with few, and ids that differ only at their end.
  private static Key key(Random random) {
    long high =
        switch (random.nextInt(3)) {
          case 0 -> random.nextLong();
          case 1 -> random.nextInt(3) - 1;
          default -> 0x0123456789ABCDEFL;
        };
    long start =
        random.nextInt(10) == 0
            ? random.nextLong()
            : 500_000 * HOUR + random.nextLong(random.nextBoolean() ? HOUR : 600 * HOUR);
    return new Key(high, random.nextInt(4) - 1, start);
  }
}
