package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import java.time.Duration;
import java.util.function.Consumer;

/// Rolls up the blocks of each minute after it is over, one after the other: [Rollup]. For one
/// thread.
public final class Rollups {
  private static final long NANOS_OF_SECOND = 1_000_000_000L;

  /// How often, and how much at once.
  ///
  /// @param length the blocks of one rollup were made in that time; in less after one that failed,
  ///   because it may have needed too much memory
  /// @param delay so long after its last block: calls have their other half by then, mostly
  /// @param pause from one look to the next; longer after failures
  /// @param rowsAtOnce rows of `red_1s` that one statement adds up
  /// @param spansAtOnce spans that one statement holds to pair them
  public record Pace(
      Duration length, Duration delay, Duration pause, long rowsAtOnce, long spansAtOnce) {
    /// 25,000 rows are 50 MB while they are added up, if each is of a set of tags of its own.
    public static final Pace NORMAL =
        new Pace(
            Duration.ofMinutes(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            25_000,
            BlockRange.SPANS_AT_ONCE);

    Pace withAtOnce(long rows, long spans) {
      return new Pace(length, delay, pause, rows, spans);
    }
  }

  private final ClickHouse clickHouse;
  private final Store store;
  private final Consumer<Rollup.Found> found;
  private final Pace pace;
  private long length;

  /// @param found is told what each rollup came upon
  public Rollups(ClickHouse clickHouse, Store store, Consumer<Rollup.Found> found, Pace pace) {
    this.pace = pace;
    this.length = pace.length.toNanos();
    this.clickHouse = clickHouse;
    this.store = store;
    this.found = found;
  }

  /// Rolls up the oldest blocks that are left, if their minute is over for long enough.
  ///
  /// @return whether there were some: there may be more
  public boolean rollUp() throws ClickHouseException {
    return rollUp(store.now() - pace.delay.toNanos());
  }

  /// Rolls up the oldest blocks that are left, if they were made in a minute that was over then.
  ///
  /// @param then ns since 1970-01-01 UTC
  /// @return whether there were some
  public boolean rollUp(long then) throws ClickHouseException {
    long first = firstAfter(lastEnd());
    long over = first + length;
    long end = Math.min(over, store.committedBelow());
    if (first == 0 || over > then || end <= first) {
      return false;
    }
    var blocks = new BlockRange(first, end, /* secondsMax= */ 0, pace.spansAtOnce);
    boolean done = false;
    try {
      found.accept(new Rollup(clickHouse, store, store.nextName(), blocks, pace.rowsAtOnce).run());
      done = true;
    } finally {
      length =
          done
              ? Math.min(pace.length.toNanos(), length * 2)
              : Math.max(NANOS_OF_SECOND, length / 2);
    }
    return true;
  }

  private long lastEnd() throws ClickHouseException {
    return Store.number(clickHouse, Query.of("SELECT max(block_end) FROM deepflow.rollups"));
  }

  /// The next block that has figures; 0 when there is none.
  private long firstAfter(long end) throws ClickHouseException {
    var query =
        Query.of(
                "SELECT min(block_id) FROM deepflow.red_1s WHERE correction = 0"
                    + " AND block_time >= toDateTime({time:UInt32}, 'UTC')"
                    + " AND block_id >= {end:UInt64}")
            .with("time", end / NANOS_OF_SECOND)
            .with("end", end);
    return Store.number(clickHouse, query);
  }
}
