package deepflow.agent.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ComplaintsTest {
  private static final ServerAddress FIRST = new ServerAddress("first", 1);
  private static final ServerAddress SECOND = new ServerAddress("second", 1);

  private long now = Long.MAX_VALUE - 5;
  private final Complaints complaints = new Complaints(() -> now);

  @Test
  void saysTheReasonOfEachServerOnceAMinuteAlsoWhenTheyFailInTurn() {
    assertThat(complaints.isNews(FIRST, "refused")).isTrue();
    assertThat(complaints.isNews(SECOND, "timed out")).isTrue();
    for (int i = 0; i < 10; i++) {
      assertThat(complaints.isNews(FIRST, "refused")).isFalse();
      assertThat(complaints.isNews(SECOND, "timed out")).isFalse();
    }
    now += TimeUnit.SECONDS.toNanos(61);
    assertThat(complaints.isNews(FIRST, "refused")).isTrue();
    assertThat(complaints.isNews(FIRST, "refused")).isFalse();
  }

  @Test
  void saysANewReasonAtOnce() {
    assertThat(complaints.isNews(FIRST, "refused")).isTrue();
    assertThat(complaints.isNews(FIRST, "timed out")).isTrue();
    assertThat(complaints.isNews(FIRST, "timed out")).isFalse();
  }

  @Test
  void saysTheSameReasonAgainWhenSpansWereSentMeanwhile() {
    assertThat(complaints.isNews(FIRST, "refused")).isTrue();
    complaints.forget();
    assertThat(complaints.isNews(FIRST, "refused")).isTrue();
  }
}
