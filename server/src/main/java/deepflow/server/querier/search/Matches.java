package deepflow.server.querier.search;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The spans that fulfil a condition, of traces that a search has come across: collected on its
/// way, so that they need not be asked for again. Of a trace it has all or says nothing.
final class Matches {

  /// Of a trace; one that has more is asked for.
  private static final int ROWS_OF_TRACE_MAX = 100;

  /// Of all traces together: some megabytes.
  private static final int ROWS_MAX = 5_000;

  private final Map<String, Rows> traces = new HashMap<>();
  private long fromNanos = Long.MAX_VALUE;
  private int size;

  /// All rows of a trace that were come across, if those here are not fewer.
  private static final class Rows {
    private final List<MatchedRow> rows = new ArrayList<>();
    private long count;
  }

  /// How many rows of a trace are worth having, where so many traces are come across at once.
  static int rowsOfTrace(int traces) {
    return Math.clamp(ROWS_MAX / traces, 1, ROWS_OF_TRACE_MAX);
  }

  /// Whether no more should be collected.
  boolean isFull() {
    return size > ROWS_MAX;
  }

  /// Takes what a stretch has of a trace.
  ///
  /// @param count of all of them
  /// @param some of them
  void add(String traceId, long count, List<MatchedRow> some) {
    Rows rows = traces.computeIfAbsent(traceId, _ -> new Rows());
    rows.count += count;
    rows.rows.addAll(some);
    size += some.size();
  }

  /// All that starts from then on has been come across.
  void completeFrom(long nanos) {
    fromNanos = nanos;
  }

  /// Of some spans it may never hear.
  void forget() {
    traces.clear();
    size = 0;
  }

  /// All rows of a trace, null when there can be others. One that came in several blocks may have
  /// spans that are there twice, and any of its spans may have come after it was looked at.
  @Nullable List<MatchedRow> of(TraceSummary trace) {
    Rows rows = traces.get(trace.traceId());
    if (rows == null || !trace.isOfOneBlock() || trace.startNanos() < fromNanos) {
      return null;
    }
    return rows.rows.size() == rows.count ? rows.rows : null;
  }
}
