package deepflow.server.querier.search;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.storage.SpanOrder;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// How far a search goes back at once.
class StretchesTest {

  /// The end of a second.
  private static final long NOW =
      Instant.parse("2026-11-27T10:00:00Z").getEpochSecond() * 1_000_000_000L - 1;

  private static final TimeRows HOUR = new TimeRows(NOW + 1 - Duration.ofHours(1).toNanos(), NOW);

  private final Stretches stretches =
      new Stretches(HOUR, NOW, /* possible= */ null, /* behind= */ null, TimeRows::toNanos);

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

  private long steps() {
    TimeRows stretch = stretches.next();
    return SpanOrder.step(stretch.toNanos()) - SpanOrder.step(stretch.fromNanos()) + 1;
  }
}
