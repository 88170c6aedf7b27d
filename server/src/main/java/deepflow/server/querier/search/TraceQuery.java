package deepflow.server.querier.search;

import deepflow.server.querier.RefusedException;
import org.jspecify.annotations.Nullable;

/// Which traces are wanted.
///
/// @param startNanos ns since 1970-01-01 UTC, like endNanos
/// @param overlapping whether a trace must have some time in common with start to end; else it must
///   begin between them, both included
/// @param condition that holds for one and the same span of the trace; [SpanCondition#ANY] for none
/// @param minDurationNanos of the whole trace, from its first start to its last end
/// @param maxDurationNanos likewise; [Long#MAX_VALUE] for none
/// @param after where the page before ended; null for the first page
/// @param limit how many traces at most
/// @param spansPerTrace how many of the fulfilling spans each trace brings along; 0 for none
public record TraceQuery(
    long startNanos,
    long endNanos,
    boolean overlapping,
    SpanCondition condition,
    long minDurationNanos,
    long maxDurationNanos,
    Order order,
    @Nullable Cursor after,
    int limit,
    int spansPerTrace) {

  /// @throws RefusedException when nothing can lie between its bounds
  public TraceQuery {
    if (endNanos < startNanos) {
      throw new RefusedException("end is before start");
    }
    if (maxDurationNanos < minDurationNanos) {
      throw new RefusedException("maxDuration is shorter than minDuration");
    }
  }

  /// What comes first. Traces that are equal in it come by their ids.
  public enum Order {
    /// The latest start.
    NEWEST,
    /// The longest duration.
    SLOWEST,
    /// The smallest hash of the id: a fair sample, the same each time. It has one page, without
    /// spans.
    SAMPLE
  }
}
