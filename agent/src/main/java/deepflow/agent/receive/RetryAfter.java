package deepflow.agent.receive;

import java.time.Duration;
import java.util.function.LongSupplier;

/// How long senders are told to stay away when there is no room for their requests.
///
/// To be told costs a seventh of being taken, because a request that is told comes in whole. When
/// all come back after a second, an agent that is offered ten times what it can take spends a third
/// of its time on telling. So the more come in vain, the longer they are sent away, until one comes
/// in vain for every eight that are taken; and sooner again when it is fewer.
final class RetryAfter {
  private static final int SECONDS_MAX = 32;
  private static final long PERIOD_NANOS = Duration.ofSeconds(1).toNanos();
  private static final double IN_VAIN_MAX = 1.0 / 8;
  private static final double IN_VAIN_FEW = IN_VAIN_MAX / 3;

  private final LongSupplier nanoTime;
  private long periodBegan;
  private int taken;
  private int inVain;
  private int seconds = 1;

  /// @param nanoTime as [System#nanoTime]
  RetryAfter(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    periodBegan = nanoTime.getAsLong();
  }

  /// A request was taken.
  synchronized void taken() {
    adjust();
    taken++;
  }

  /// A request came in vain.
  ///
  /// @return when to come back: not the same for all, or they would all come at once
  synchronized Duration inVain() {
    adjust();
    inVain++;
    return Duration.ofSeconds(seconds + inVain % (1 + seconds / 2));
  }

  private void adjust() {
    long passed = nanoTime.getAsLong() - periodBegan;
    if (passed < PERIOD_NANOS) {
      return;
    }
    if (passed >= SECONDS_MAX * PERIOD_NANOS) {
      seconds = 1;
    } else if (inVain > IN_VAIN_MAX * taken) {
      seconds = Math.min(SECONDS_MAX, seconds * 2);
    } else if (inVain <= IN_VAIN_FEW * taken) {
      seconds = Math.max(1, seconds / 2);
    }
    periodBegan += passed;
    taken = 0;
    inVain = 0;
  }
}
