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
  static final int ROWS_MAX = 100;

  /// Nothing is known.
  static final Matches NONE = new Matches();

  private final Map<String, Rows> traces = new HashMap<>();
  private long fromNanos = Long.MAX_VALUE;

  /// All rows of a trace that were come across, if those here are not fewer.
  private static final class Rows {
    private final List<MatchedRow> rows = new ArrayList<>();
    private long count;
  }

  /// Takes what a stretch has of a trace.
  ///
  /// @param count of all of them
  /// @param some of them, `ROWS_MAX` at most
  void add(String traceId, long count, List<MatchedRow> some) {
    Rows rows = traces.computeIfAbsent(traceId, _ -> new Rows());
    rows.count += count;
    rows.rows.addAll(some);
  }

  /// All that starts from then on has been come across.
  void completeFrom(long nanos) {
    fromNanos = nanos;
  }

  /// Of some spans it may never hear.
  void forget() {
    traces.clear();
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
