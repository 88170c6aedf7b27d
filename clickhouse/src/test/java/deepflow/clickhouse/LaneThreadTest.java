package deepflow.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LaneThreadTest {
  private static final Duration SHORT = Duration.ofMillis(20);

  private final CountDownLatch never = new CountDownLatch(1);
  private final LaneThread thread = new LaneThread("test");

  @Test
  void givesUpOnACallThatDoesNotReturn() {
    assertThatThrownBy(() ->
            thread.callWithin(
                SHORT.multipliedBy(3),
                SHORT,
                "opening",
                () -> {
                  never.await();
                  return true;
                }))
        .isInstanceOf(ClickHouseException.class)
        .hasMessage("opening did not end within 60 ms");
    never.countDown();
  }

  @Test
  void waitsForACallThatIsOnlySlow() throws Exception {
    var warned = SHORT.multipliedBy(1000);
    assertThat(
            thread.callWithin(
                warned,
                SHORT,
                "opening",
                () -> {
                  assertThat(
                          never.await(
                              3 * SHORT.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS))
                      .isFalse();
                  return 7;
                }))
        .isEqualTo(7);
    thread.close();
  }
}
