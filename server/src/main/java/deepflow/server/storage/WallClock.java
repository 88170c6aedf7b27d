package deepflow.server.storage;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The wall clock, and whether it can be believed: a machine may start with one that is months
/// ahead, until NTP sets it. What is dropped by such a clock is gone, so it must have gone like
/// [System#nanoTime] for a while first, and again after each jump.
///
/// Safe for use by many threads.
public final class WallClock {
  /// For how long it must have gone evenly. NTP has set a clock long before, if it is there.
  public static final Duration TRIAL = Duration.ofMinutes(10);

  private static final Logger LOG = LoggerFactory.getLogger(WallClock.class);
  private static final long NANOS_OF_SECOND = 1_000_000_000L;
  private static final long JUMP_NANOS = 60 * NANOS_OF_SECOND;

  private final InstantSource clock;
  private final LongSupplier elapsed;
  private final Duration trial;

  /// How far the clock is ahead of `elapsed`, and since when.
  private long ahead;

  private long since;

  /// @param elapsed ns since whenever, at an even pace
  /// @param trial for how long the clock must have gone evenly to be believed
  public WallClock(InstantSource clock, LongSupplier elapsed, Duration trial) {
    this.clock = clock;
    this.elapsed = elapsed;
    this.trial = trial;
    since = elapsed.getAsLong();
    ahead = nanos() - since;
  }

  /// One that is believed whatever it says.
  static WallClock believed(InstantSource clock) {
    return new WallClock(clock, () -> 0, Duration.ZERO);
  }

  /// What it says, ns since 1970-01-01 UTC.
  long nanos() {
    return nanos(clock.instant());
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * NANOS_OF_SECOND + time.getNano();
  }

  /// Ns since whenever, at an even pace.
  long elapsed() {
    return elapsed.getAsLong();
  }

  /// The first day (UTC) that is not over yet for what is kept so long: that of 1970 while the
  /// clock can't be believed.
  synchronized LocalDate firstDay(Duration kept) {
    Instant now = clock.instant();
    boolean believed = hasBeenEven(nanos(now)).compareTo(trial) >= 0;
    LocalDate first = LocalDate.ofInstant(now.minus(kept), ZoneOffset.UTC);
    return believed && first.isAfter(LocalDate.EPOCH) ? first : LocalDate.EPOCH;
  }

  private Duration hasBeenEven(long now) {
    long at = elapsed.getAsLong();
    long jump = now - at - ahead;
    if (Math.abs(jump) > JUMP_NANOS) {
      LOG.warn(
          "the clock has jumped by {} s: nothing is dropped for its age for the next {} s",
          jump / NANOS_OF_SECOND,
          trial.toSeconds());
      ahead += jump;
      since = at;
    }
    return Duration.ofNanos(at - since);
  }
}
