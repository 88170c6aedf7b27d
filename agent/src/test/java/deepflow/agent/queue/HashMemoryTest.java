package deepflow.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashSet;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class HashMemoryTest {
  @RepeatedTest(20)
  void remembersTheNewestOfThem() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    HashMemory memory = new HashMemory(/* rememberNanos= */ 1_000_000, 2048);
    LinkedHashSet<Hash128> model = new LinkedHashSet<>();
    for (int i = 0; i < 20_000; i++) {
      // Few low halves, so that chains in the table are long.
      Hash128 hash = new Hash128(random.nextInt(4000), random.nextInt(50));
      if (model.add(hash) && model.size() > 2048) {
        model.removeFirst();
      }
      memory.add(hash.high(), hash.low(), i, i);
      Hash128 asked = new Hash128(random.nextInt(4000), random.nextInt(50));
      assertThat(memory.contains(asked, i))
          .as("tests.seed=%s", seed)
          .isEqualTo(model.contains(asked));
    }
    assertThat(memory.size()).isEqualTo(2048);
  }

  @Test
  void forgetsWhenTheTimeIsOverAndWhenTheClockJumps() {
    HashMemory memory = new HashMemory(/* rememberNanos= */ 10, 16);
    Hash128 hash = new Hash128(1, 2);
    memory.add(1, 2, 100, 100);

    assertThat(memory.contains(hash, 110)).isTrue();
    assertThat(memory.contains(hash, 111)).isFalse();
    memory.add(1, 2, 200, 200);
    assertThat(memory.contains(hash, 195)).isTrue();
    assertThat(memory.contains(hash, 100)).isFalse();
  }
}
