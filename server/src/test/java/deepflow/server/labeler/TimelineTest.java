package deepflow.server.labeler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/// Who held an address when.
class TimelineTest {
  private static final String KEY = "10.1.0.9";

  private final Timeline<String, String> timeline = new Timeline<>();

  private void ended(String holder, long from, long until) {
    timeline.add(KEY, holder, from, until, /* certain= */ true);
  }

  private void missed(String holder, long from, long until) {
    timeline.add(KEY, holder, from, until, /* certain= */ false);
  }

  private void living(String holder, long from) {
    timeline.add(KEY, holder, from, Long.MAX_VALUE, /* certain= */ false);
  }

  private String at(long time) {
    String holder = timeline.at(KEY, time).value();
    return holder == null ? "nobody" : holder;
  }

  @Test
  void whoWaitsForAnAddressHasItWhenTheOtherIsDone() {
    living("waits", 0);
    ended("job", 10, 61);
    timeline.ordered();

    assertThat(at(5)).isEqualTo("nobody");
    assertThat(at(60)).isEqualTo("job");
    assertThat(at(61)).isEqualTo("waits");
    assertThat(at(1_000)).isEqualTo("waits");
  }

  @Test
  void whoWaitsHasItAfterAnEndThatWasMissedToo() {
    living("waits", 0);
    missed("job", 10, 61);
    timeline.ordered();

    assertThat(at(60)).isEqualTo("job");
    assertThat(at(61)).isEqualTo("waits");
  }

  @Test
  void whoCameBeforeTheEndOfAnotherHasItFromThenOn() {
    ended("first", 0, 100);
    ended("short", 10, 20);
    living("last", 5);
    timeline.ordered();

    assertThat(at(50)).isEqualTo("first");
    assertThat(at(100)).isEqualTo("last");
  }

  /// Whoever asks keeps the answer for as long as it says that it holds.
  @Test
  void anAnswerHoldsAsLongAsItSays() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int round = 0; round < 1_000; round++) {
      Timeline<String, String> many = new Timeline<>();
      for (int i = 0; i < 1 + random.nextInt(6); i++) {
        long from = random.nextInt(20);
        boolean lives = random.nextInt(4) == 0;
        many.add(
            KEY,
            "holder " + i,
            from,
            lives ? Long.MAX_VALUE : from + random.nextInt(20),
            !lives && random.nextBoolean());
      }
      many.ordered();
      for (long time = -1; time < 45; time++) {
        Timeline.Held<String> held = many.at(KEY, time);
        for (long other = Math.max(held.from(), -1); other < Math.min(held.until(), 45); other++) {
          assertThat(many.at(KEY, other))
              .as("tests.seed=%s, round %s, %s and %s", seed, round, time, other)
              .isEqualTo(held);
        }
      }
    }
  }
}
