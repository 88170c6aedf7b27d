package deepflow.server.labeler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Ten thousand pods, of which a hundred are others each second.
class ManyPodsTest {
  private static final int PODS = 10_000;
  private static final int CHANGES = 2_000;
  private static final long MEMORY_MAX = 200L << 20;

  private static KnownPod pod(int number, int version) {
    String address = "10.%s.%s.%s".formatted(2 + number / 65_536, number / 256 % 256, number % 256);
    return Shop.pod(
        "uid-%s-%s".formatted(number, version),
        "pod-%s-%s".formatted(number, version),
        "app-" + number / 20,
        address,
        Shop.START + version * Shop.SECOND);
  }

  private static long memory() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void takeLittleMemoryAndEachIsRightAfterAnyChange() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    long before = memory();
    Instant end = Instant.ofEpochSecond(Shop.START / Shop.SECOND).plusSeconds(CHANGES + 10);
    try (Labeler labeler = new Labeler(() -> end)) {
      ClusterInventory cluster = labeler.add();
      int[] versions = new int[PODS];
      for (int i = 0; i < PODS; i++) {
        cluster.put(pod(i, 0));
      }
      for (int change = 1; change <= CHANGES; change++) {
        int i = random.nextInt(PODS);
        String uid = "uid-%s-%s".formatted(i, versions[i]);
        cluster.remove(uid, Shop.START + change * Shop.SECOND, /* certain= */ true);
        versions[i] = change;
        cluster.put(pod(i, change));
      }
      cluster.complete();
      Instant start = Instant.now();
      labeler.refresh();
      Duration took = Duration.between(start, Instant.now());

      assertThat(memory() - before).as("tests.seed=%s", seed).isLessThan(MEMORY_MAX);
      assertThat(took).isLessThan(Duration.ofSeconds(5));
      long now = Shop.START + (CHANGES + 5) * Shop.SECOND;
      for (int i = 0; i < PODS; i++) {
        Address address = pod(i, 0).addresses().getFirst();
        Sender sender = new Sender(Map.of(), address, "");
        assertThat(labeler.snapshot().own(sender, 0, now).labels().tag(Tag.POD))
            .as("tests.seed=%s", seed)
            .isEqualTo("pod-%s-%s".formatted(i, versions[i]));
      }
    }
  }
}
