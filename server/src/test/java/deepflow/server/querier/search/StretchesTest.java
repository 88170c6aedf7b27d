package deepflow.server.querier.search;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.storage.SpanOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How far a search goes back at once.
class StretchesTest {

  /// The end of a second.
  private static final long NOW =
      Instant.parse("2026-11-27T10:00:00Z").getEpochSecond() * 1_000_000_000L - 1;

  private static final TimeRows HOUR = new TimeRows(NOW + 1 - Duration.ofHours(1).toNanos(), NOW);

  private final Stretches stretches =
      new Stretches(
          HOUR, NOW, /* first= */ 1, /* possible= */ null, /* behind= */ null, TimeRows::toNanos);

  @Test
  void areNoLongerThanWhatLacksNeeds() throws Exception {
    assertThat(steps()).isEqualTo(1);
    stretches.done(13, 8);
    assertThat(steps()).isEqualTo(1);
  }

  @Test
  void areLongerTheLessTheOneBeforeGave() throws Exception {
    stretches.done(4, 17);
    assertThat(steps()).isEqualTo(9);
  }

  @Test
  void areTenTimesAsLongAtMost() throws Exception {
    stretches.done(1, 20);
    assertThat(steps()).isEqualTo(10);
  }

  @Test
  void areFewWhereMuchIsFoundThatIsNotWanted() throws Exception {
    int count = 0;
    while (stretches.hasNext()) {
      stretches.done(100, 1);
      count++;
    }
    assertThat(count).as("stretches for an hour").isLessThan(15);
  }

  @Test
  void areAsLongAtFirstAsIsLikely() {
    assertThat(steps(guessed(List.of()))).isEqualTo(7);
  }

  @Test
  void askWhichStepsArePossibleWhenTheGuessWasTooShort() throws Exception {
    long last = SpanOrder.step(NOW);
    Stretches guessed = guessed(List.of(last, last - 3, last - 200, last - 201, last - 900));

    guessed.done(2, 19);

    TimeRows stretch = guessed.next();
    assertThat(SpanOrder.step(stretch.toNanos())).isEqualTo(last - 200);
    assertThat(stretch.fromNanos()).isEqualTo(HOUR.fromNanos());
  }

  @Test
  void goOnWithoutAskingWhenTheGuessWasNearlyLongEnough() throws Exception {
    Stretches guessed =
        Stretches.guessed(
            HOUR,
            NOW,
            7,
            () -> {
              throw new AssertionError("asked which steps are possible");
            },
            TimeRows::toNanos);

    guessed.done(19, 2);

    assertThat(SpanOrder.step(guessed.next().toNanos())).isEqualTo(SpanOrder.step(NOW) - 7);
    assertThat(steps(guessed)).isEqualTo(2);
  }

  @Test
  void areOverWhenNoneIsPossibleBeforeTheGuess() throws Exception {
    Stretches guessed = guessed(List.of(SpanOrder.step(NOW)));

    guessed.done(1, 20);

    assertThat(guessed.hasNext()).isFalse();
  }

  private static Stretches guessed(List<Long> possible) {
    return Stretches.guessed(HOUR, NOW, 7, () -> possible, TimeRows::toNanos);
  }

  private long steps() {
    return steps(stretches);
  }

  private static long steps(Stretches stretches) {
    TimeRows stretch = stretches.next();
    return SpanOrder.step(stretch.toNanos()) - SpanOrder.step(stretch.fromNanos()) + 1;
  }
}
