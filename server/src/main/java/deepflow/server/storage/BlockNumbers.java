package deepflow.server.storage;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives blocks their numbers: when they are made, and always above all before.
///
/// Where the clock is behind the last number, because it was ahead when that was given, numbers go
/// on at half the speed of time. So minutes and days end for what is stored then, and the clock
/// catches up.
///
/// Safe for use by many threads.
final class BlockNumbers {
  private static final Logger LOG = LoggerFactory.getLogger(BlockNumbers.class);
  private static final Duration AHEAD_MAX = Duration.ofHours(1);

  private final WallClock clock;
  private long last;

  /// When the last one was given, by [WallClock#elapsed].
  private long lastAt;

  /// @param last the highest that was given
  BlockNumbers(WallClock clock, long last) {
    this.clock = clock;
    this.last = last;
    lastAt = clock.elapsed();
    tellIfAhead();
  }

  private void tellIfAhead() {
    Duration ahead = Duration.ofNanos(last - clock.nanos());
    if (ahead.compareTo(AHEAD_MAX) > 0) {
      LOG.error(
          "the newest block in the store is of {}, {} h after what the clock says. If the clock is behind, stop the server and set it; if it was ahead, what is stored until {} lies in days of the future and is kept for longer, see \"A clock that was ahead\" in docs/operations.md",
          time(last),
          ahead.toHours(),
          time(clock.nanos() + 2 * ahead.toNanos()));
    }
  }

  private static Instant time(long nanos) {
    return Instant.EPOCH.plusNanos(nanos).truncatedTo(ChronoUnit.SECONDS);
  }

  synchronized BlockId next() {
    last = Math.max(last + 1, now());
    lastAt = clock.elapsed();
    return new BlockId(last);
  }

  /// What comes next is not below, ns since 1970-01-01 UTC.
  synchronized long now() {
    return Math.max(clock.nanos(), last + (clock.elapsed() - lastAt) / 2);
  }

  /// The day (UTC) of what comes next.
  LocalDate today() {
    return LocalDate.ofEpochDay(new BlockId(now()).day());
  }

  synchronized long last() {
    return last;
  }
}
