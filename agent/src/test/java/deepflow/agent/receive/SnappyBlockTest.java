package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SnappyBlockTest {
  private static final int LIMIT = 1 << 20;
  private static final byte[] REQUEST = Requests.spans(50).toByteArray();

  private final InFlight inFlight = new InFlight(1L << 30, Duration.ZERO, System::nanoTime);

  @Test
  void endsInARequestOrARefusalWhateverBytesCome() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] whole =
          random.nextBoolean() ? Requests.snappyBlock(REQUEST) : Requests.snappyFramed(REQUEST);
      byte[] broken = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
      for (int flips = random.nextInt(4); flips > 0 && broken.length > 0; flips--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt();
      }
      try (InFlight.Share share = inFlight.open()) {
        Bytes decoded = Coding.SNAPPY.decode(new Bytes(broken, 0, broken.length), LIMIT, share);
        assertThat(decoded.length()).isLessThanOrEqualTo(LIMIT);
      } catch (NotTakenException e) {
        assertThat(e.answer())
            .as("tests.seed=%d case %d", seed, i)
            .isInstanceOf(Answer.Refused.class);
      }
    }
    assertThat(inFlight.bytes()).isZero();
  }

  @Test
  void allocatesNothingForABlockThatClaimsTwoGigabytes() {
    byte[] lie = {-1, -1, -1, -1, 7, 0, 0};
    try (InFlight.Share share = inFlight.open()) {
      assertThatThrownBy(() -> Coding.SNAPPY.decode(new Bytes(lie, 0, lie.length), LIMIT, share))
          .hasMessage("request is larger than 1048576 bytes when decompressed");
    }
  }
}
