package deepflow.server.querier.search;

import java.util.List;

/// A trace that was found.
///
/// @param matched how many of its spans fulfil the condition, a span that is stored twice counted
///   once; 0 when it was not asked: there was no condition on spans, and no span was wanted
/// @param spans the first of them by start
public record FoundTrace(TraceSummary summary, long matched, List<FoundSpan> spans) {

  /// The same with another summary.
  FoundTrace with(TraceSummary other) {
    return new FoundTrace(other, matched, spans);
  }
}
