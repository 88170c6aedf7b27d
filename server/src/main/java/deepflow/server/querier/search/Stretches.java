package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.querier.Bindings;
import deepflow.server.storage.SpanOrder;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Goes back through time, from the newest spans to the earliest, in stretches of whole steps
/// ([SpanOrder]), each as long as what the one before gave makes necessary. Passes over what can
/// have nothing.
final class Stretches {

  /// How many times longer the next one is, at most.
  private static final long GROWTH = 10;

  /// In standard deviations of what the one before gave, which is a small sample: to look a third
  /// time takes longer than some more rows.
  private static final double MARGIN = 2;

  /// From this one on each is twice as long as the one before at least, whatever that gave.
  private static final int GROWING = 3;

  /// One of more steps takes in all that is left.
  private static final long STEPS_MAX = Duration.ofDays(6).toNanos() / SpanOrder.STEP_NANOS;

  /// So few possible steps are one stretch.
  private static final int FEW_STEPS = 16;

  private static final long NEAR = Duration.ofHours(1).toNanos();

  /// Tells which steps are not to be passed over, the newest first; null for all of them.
  interface Possible {
    @Nullable List<Long> steps() throws ClickHouseException;
  }

  /// Tells when the newest spans of a time start, null when there are none.
  interface Newest {
    @Nullable Long in(TimeRows rows) throws ClickHouseException;
  }

  private final long earliest;
  private @Nullable List<Long> possible;

  /// Not asked yet.
  private @Nullable Possible unasked;

  private final @Nullable TimeRows behind;
  private final Newest newest;

  private int number = 1;
  private long steps = 1;
  private TimeRows next;
  private boolean over;

  /// @param all what to go through
  /// @param start from where the first one goes back; all that is later belongs to it
  /// @param first steps that the first one has
  /// @param possible steps that are not to be passed over, the newest first; null for all of them
  /// @param behind where spans can be that belong to traces that begin in a stretch, though they
  ///   start later than all of them; null for nowhere
  Stretches(
      TimeRows all,
      long start,
      long first,
      @Nullable List<Long> possible,
      @Nullable TimeRows behind,
      Newest newest) {
    this.earliest = all.fromNanos();
    this.possible = possible;
    this.behind = behind;
    this.newest = newest;
    steps = possible != null && possible.size() <= FEW_STEPS ? FEW_STEPS : first;
    over = all.toNanos() < earliest || (possible != null && possible.isEmpty());
    // Of a second that has just begun there is next to nothing yet.
    next = new TimeRows(begin(TimeRows.minus(start, SpanOrder.STEP_NANOS / 2)), all.toNanos());
  }

  /// Those of a search of which it is likely how long the first has to be: all of it is looked at.
  /// Which steps are possible is asked only when that was not enough.
  static Stretches guessed(TimeRows all, long start, long first, Possible possible, Newest newest) {
    var stretches =
        new Stretches(all, start, first, /* possible= */ null, /* behind= */ null, newest);
    stretches.unasked = possible;
    return stretches;
  }

  boolean hasNext() {
    return !over;
  }

  TimeRows next() {
    return next;
  }

  /// Whether they have rows that start later than all of them.
  boolean reachBehind() {
    return behind != null;
  }

  /// The next stretch has been looked through.
  ///
  /// @param found how much there was
  /// @param lacking how much there should be more, 1 at least
  void done(int found, int lacking) throws ClickHouseException {
    number++;
    if (next.fromNanos() <= earliest) {
      over = true;
      return;
    }
    if (found < lacking) { // else some more of the same will do
      askWhichArePossible();
    }
    long end = next.fromNanos() - 1;
    if (possible != null) {
      steps = longer(found, lacking);
      int place = place(possible, SpanOrder.step(end));
      over = place == possible.size();
      next = over ? next : endingAt(Math.min(end, SpanOrder.end(possible.get(place))));
    } else if (found == 0 && steps >= GROWTH) {
      // Not sooner: to look at the next seconds is cheaper than to look for the newest.
      passGap(end);
    } else {
      steps = longer(found, lacking);
      next = endingAt(end);
    }
  }

  private void askWhichArePossible() throws ClickHouseException {
    if (unasked != null) {
      possible = unasked.steps();
      unasked = null;
      // From here on only possible ones are counted.
      steps = possible == null ? steps : Math.max(1, wanted(possible).size());
    }
  }

  /// Of these steps those of the next stretch.
  private List<Long> wanted(List<Long> possible) {
    return possible.subList(
        place(possible, SpanOrder.step(next.toNanos())),
        place(possible, SpanOrder.step(next.fromNanos()) - 1));
  }

  /// It has been looked through down to there, without that very moment.
  void doneDownTo(long nanos) {
    next = new TimeRows(next.fromNanos(), nanos);
  }

  private long longer(int found, int lacking) {
    double likely = found == 0 ? GROWTH : withMargin(lacking, found, MARGIN) / found;
    return (long) Math.ceil(steps * Math.clamp(likely, number < GROWING ? 0 : 2, GROWTH));
  }

  /// Behind a gap nothing is known yet of how much there is.
  private void passGap(long end) throws ClickHouseException {
    long near = Math.max(earliest, TimeRows.minus(end, NEAR));
    Long last = newest.in(new TimeRows(near, end));
    if (last == null && near > earliest) {
      last = newest.in(new TimeRows(earliest, near - 1));
    }
    if (last == null) {
      over = true;
      return;
    }
    boolean isGap = SpanOrder.step(last) < SpanOrder.step(end);
    steps = isGap ? 1 : steps * GROWTH;
    next = endingAt(Math.min(end, SpanOrder.end(SpanOrder.step(last))));
  }

  /// How many to look for, so that as many as are wanted are there.
  ///
  /// @param sample how many there were where it was counted
  /// @param margin in standard deviations
  static double withMargin(long wanted, long sample, double margin) {
    return wanted * (1 + margin / Math.sqrt((double) sample));
  }

  private TimeRows endingAt(long nanos) {
    return new TimeRows(begin(nanos), nanos);
  }

  private long begin(long end) {
    if (steps > STEPS_MAX) {
      return earliest;
    }
    if (possible == null) {
      return Math.max(earliest, SpanOrder.begin(SpanOrder.step(end) - steps + 1));
    }
    long last = place(possible, SpanOrder.step(end)) + steps - 1;
    return last < possible.size()
        ? Math.max(earliest, SpanOrder.begin(possible.get((int) last)))
        : earliest;
  }

  /// Where the first possible step is that isn't later.
  private static int place(List<Long> possible, long step) {
    int place = Collections.binarySearch(possible, step, Collections.reverseOrder());
    return place < 0 ? ~place : place;
  }

  /// The condition on a row of `spans` that it is to be looked at in the next stretch.
  String sql(Bindings bindings) {
    String within = next.sql(bindings);
    if (behind != null) {
      String begun = behindSteps(behind).sql(bindings);
      return "((%s) OR (%s AND %s))"
          .formatted(
              within,
              behind.sql(bindings),
              SpanOrder.ofTraces(
                  "%s AND trace_id IN (SELECT trace_id FROM deepflow.trace_index WHERE %s)"
                      .formatted(begun, within)));
    }
    if (possible == null) {
      return within;
    }
    List<Long> wanted = wanted(possible);
    long all = SpanOrder.step(next.toNanos()) - SpanOrder.step(next.fromNanos()) + 1;
    return wanted.size() == all ? within : "%s AND %s".formatted(within, SpanOrder.canBeIn(wanted));
  }

  /// A row of `trace_index` starts with the first of its spans, which can be before.
  private static TimeRows behindSteps(TimeRows behind) {
    return new TimeRows(SpanOrder.begin(SpanOrder.step(behind.fromNanos())), behind.toNanos());
  }
}
