package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.storage.TimeRanges.Range;
import org.junit.jupiter.api.Test;

class TimeRangesTest {
  private final TimeRanges minutes = new TimeRanges(100);

  @Test
  void takeMinutesTogetherAsFarAsTheirRowsMay() {
    minutes.add(60, 40);
    minutes.add(120, 60);
    minutes.add(180, 1);
    minutes.add(600, 99);

    assertThat(minutes.ranges()).containsExactly(new Range(60, 120, 60), new Range(180, 600, 99));
  }

  @Test
  void leaveAMinuteAloneThatHasMoreByItself() {
    minutes.add(60, 1);
    minutes.add(120, 500);
    minutes.add(180, 1);

    assertThat(minutes.ranges())
        .containsExactly(new Range(60, 60, 1), new Range(120, 120, 500), new Range(180, 180, 1));
  }

  @Test
  void areNoneWithoutRows() {
    assertThat(minutes.ranges()).isEmpty();
  }
}
