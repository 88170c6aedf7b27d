package deepflow.server.querier.differences;

import deepflow.server.querier.search.TraceSummary;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The traces that are compared: those that were asked for, and others beside which they stand.
record Sides(List<TraceSummary> selected, List<TraceSummary> others) {

  /// Traces of a side.
  static final int TRACES_MAX = 200;

  private static final int SLOWEST_PART = 10;

  /// Those that fulfil a filter, and those of a larger set that don't.
  ///
  /// @param fulfilling the first traces that do, in the order of `all`
  /// @param all the first traces of the larger set: each that fulfils the filter is among the
  ///   fulfilling
  static Sides byFilter(List<TraceSummary> fulfilling, List<TraceSummary> all) {
    return without(fulfilling.stream().limit(TRACES_MAX).toList(), fulfilling, all);
  }

  /// The slowest tenth and the rest.
  static Sides bySlowness(List<TraceSummary> all) {
    if (all.size() < 2) {
      return new Sides(all, List.of());
    }
    List<TraceSummary> slowest =
        all.stream()
            .sorted(Comparator.comparingLong(TraceSummary::durationNanos).reversed())
            .limit((all.size() + SLOWEST_PART - 1) / SLOWEST_PART)
            .toList();
    return without(slowest.stream().limit(TRACES_MAX).toList(), slowest, all);
  }

  private static Sides without(
      List<TraceSummary> selected, List<TraceSummary> left, List<TraceSummary> all) {
    Set<String> ids = new HashSet<>();
    left.forEach(trace -> ids.add(trace.traceId()));
    return new Sides(
        selected,
        all.stream().filter(trace -> !ids.contains(trace.traceId())).limit(TRACES_MAX).toList());
  }

  boolean canBeCompared() {
    return !selected.isEmpty() && !others.isEmpty();
  }
}
