package deepflow.clickhouse.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;

class DictionaryTest {
  private final Dictionary dictionary = new Dictionary();

  @RepeatedTest(20)
  void numbersKeysInTheOrderOfTheirFirstAppearance() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    for (int round = 0; round < 3; round++) {
      Map<String, Integer> model = new HashMap<>();
      for (int i = 0; i < 5000; i++) {
        String key = "k".repeat(random.nextInt(300)) + random.nextInt(i + 1);
        byte[] bytes = ("<" + key + ">").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        int expected = model.computeIfAbsent(key, _ -> model.size());
        assertThat(dictionary.indexOf(bytes, 1, bytes.length - 2))
            .as("tests.seed=%s key=%s", seed, key)
            .isEqualTo(expected);
      }
      assertThat(dictionary.size()).isEqualTo(model.size());
      dictionary.clear();
    }
  }
}
