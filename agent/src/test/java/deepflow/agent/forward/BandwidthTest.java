package deepflow.agent.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BandwidthTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long seed = Long.getLong("tests.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private long now = random.nextLong();

  @Test
  void writesNoFasterThanTheRateAndNoSlower() {
    for (long rate : new long[] {2_000, 125_000, 12_500_000, 1_250_000_000}) {
      Bandwidth bandwidth = new Bandwidth(rate, () -> now);
      long start = now;
      long written = 0;
      while (written < 10 * rate) {
        int bytes = 1 + random.nextInt(bandwidth.writeBytes());
        now += bandwidth.take(bytes);
        written += bytes;
      }
      double seconds = (double) (now - start) / SECOND;
      assertThat(seconds)
          .as("%s bytes a second, seed %s", rate, seed)
          .isBetween(10 - 0.251, (double) written / rate);
    }
  }

  @Test
  void savesUpNoMoreThanABurst() {
    Bandwidth bandwidth = new Bandwidth(100_000, () -> now);
    now += 60 * SECOND;

    assertThat(bandwidth.take(25_000)).isZero();
    assertThat(bandwidth.take(1_000)).isEqualTo(SECOND / 100);
  }

  @Test
  void waitsForWhatIsOwed() {
    Bandwidth bandwidth = new Bandwidth(100_000, () -> now);

    assertThat(bandwidth.take(125_000)).isEqualTo(SECOND);
    now += SECOND / 2;
    assertThat(bandwidth.take(50_000)).isEqualTo(SECOND);
  }

  @Test
  void neverWaitsWithoutALimit() {
    Bandwidth bandwidth = new Bandwidth(Bandwidth.UNLIMITED, () -> now);
    for (int i = 0; i < 100; i++) {
      assertThat(bandwidth.take(Integer.MAX_VALUE)).isZero();
    }
    assertThat(bandwidth.writeBytes()).isEqualTo(1 << 20);
  }
}
