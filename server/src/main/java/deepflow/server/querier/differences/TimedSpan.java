package deepflow.server.querier.differences;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// When a span of a trace was at work.
///
/// @param id its eight bytes
/// @param parentId zero for a root
/// @param startNanos ns since 1970-01-01 UTC
/// @param endNanos not before the start
record TimedSpan(Operation operation, long id, long parentId, long startNanos, long endNanos) {

  /// Takes the time in which each of a trace's spans was at work and none of its children was, in
  /// ns.
  interface SelfTimes {
    void accept(TimedSpan span, long selfNanos);
  }

  static void selfTimes(List<TimedSpan> trace, SelfTimes into) {
    Map<Long, List<TimedSpan>> children = new HashMap<>();
    for (TimedSpan span : trace) {
      if (span.parentId != 0) {
        children.computeIfAbsent(span.parentId, _ -> new ArrayList<>()).add(span);
      }
    }
    children.values().forEach(ofOne -> ofOne.sort(Comparator.comparingLong(TimedSpan::startNanos)));
    for (TimedSpan span : trace) {
      into.accept(span, span.selfNanos(children.getOrDefault(span.id, List.of())));
    }
  }

  /// @param children by their start; they may overlap, and reach beyond this span
  private long selfNanos(List<TimedSpan> children) {
    long self = 0;
    long coveredTo = startNanos;
    for (TimedSpan child : children) {
      if (child.id != id) { // one that names itself as its parent
        self += Math.max(0, Math.min(child.startNanos, endNanos) - coveredTo);
        coveredTo = Math.max(coveredTo, Math.min(child.endNanos, endNanos));
      }
    }
    return self + endNanos - coveredTo;
  }
}
