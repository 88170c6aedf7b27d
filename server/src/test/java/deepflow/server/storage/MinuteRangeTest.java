package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MinuteRangeTest {
  @Test
  void takesMinutesTogetherAsFarAsTheirRowsMay() {
    assertThat(split(Map.of(60L, 40L, 120L, 60L, 180L, 1L, 600L, 99L)))
        .containsExactly(new MinuteRange(60, 120), new MinuteRange(180, 600));
  }

  @Test
  void leavesAMinuteAloneThatHasMoreByItself() {
    assertThat(split(Map.of(60L, 1L, 120L, 500L, 180L, 1L)))
        .containsExactly(
            new MinuteRange(60, 60), new MinuteRange(120, 120), new MinuteRange(180, 180));
  }

  @Test
  void isNothingWithoutRows() {
    assertThat(split(Map.of())).isEmpty();
  }

  private static List<MinuteRange> split(Map<Long, Long> rowsOfMinutes) {
    return MinuteRange.split(new TreeMap<>(rowsOfMinutes), 100);
  }
}
