package deepflow.server.querier.export;

import deepflow.server.querier.Parameters;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.search.SpanCondition;
import deepflow.server.querier.search.TraceQl;

/// Which spans are wanted, and how.
///
/// | parameter | meaning |
/// |---|---|
/// | q | TraceQL as `/api/search` takes it; the spans that fulfil it. Not given: all |
/// | start, end | when the spans start, ns since 1970-01-01 UTC, both included |
/// | limit | ends behind so many spans, and those of the last one's trace that start together with it |
/// | format | `json` or `protobuf`; not given: by Accept, else JSON |
record ExportQuestion(
    SpanCondition condition, long startNanos, long endNanos, long limit, ExportFormat format) {

  /// @param accept the header, empty when it isn't there
  static ExportQuestion of(Parameters asked, String accept) {
    long start = asked.time("start", Long.MIN_VALUE);
    long end = asked.time("end", Long.MAX_VALUE);
    if (end < start) {
      throw new RefusedException("end is before start");
    }
    return new ExportQuestion(
        TraceQl.parse(asked.text("q")),
        start,
        end,
        limit(asked.text("limit")),
        ExportFormat.of(asked.text("format"), accept));
  }

  private static long limit(String text) {
    if (text.isEmpty()) {
      return Long.MAX_VALUE;
    }
    if (!text.matches("[1-9]\\d{0,17}")) {
      throw new RefusedException("limit must be a number above 0");
    }
    return Long.parseLong(text);
  }
}
