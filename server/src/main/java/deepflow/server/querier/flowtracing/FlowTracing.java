package deepflow.server.querier.flowtracing;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.querier.LimitedOutput;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.sql.FlowLog;
import deepflow.server.querier.tempo.TraceId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds traces and makes trees of them. Safe for use by many threads; a question blocks its
/// thread.
public final class FlowTracing {

  private static final Logger LOG = LoggerFactory.getLogger(FlowTracing.class);

  /// Spans of one answer.
  public static final int SPANS_MAX = 10_000;

  private static final String TRACE_OF_ROW = "SELECT trace_id FROM l7_flow_log ORDER BY trace_id";
  private static final String COUNT = "SELECT Count(row) AS spans FROM l7_flow_log";

  private final FlowLog flowLog;
  private final QueryLimits limits;
  private final int spansMax;

  /// Reads from that log; an answer has at most so many spans.
  public FlowTracing(FlowLog flowLog, QueryLimits limits, int spansMax) {
    this.flowLog = flowLog;
    this.limits = limits;
    this.spansMax = spansMax;
  }

  /// Answers a body.
  TracingAnswer answer(String body) {
    try {
      return answer(TracingQuestion.of(body));
    } catch (TracingQuestion.InvalidException e) {
      return without(TracingAnswer.Outcome.REFUSED, e.getMessage());
    } catch (ClickHouseException e) {
      if (e.kind() == ClickHouseException.Kind.BUSY) {
        return without(
            TracingAnswer.Outcome.BUSY, "the question took too much time or memory: ask again");
      }
      LOG.error("a trace could not be read", e);
      return without(TracingAnswer.Outcome.FAILED, "reading the trace failed");
    }
  }

  /// The answer to a question that found no place to be worked on.
  static TracingAnswer tooMany() {
    return without(TracingAnswer.Outcome.BUSY, "too many ask at once: ask again in a moment");
  }

  private static TracingAnswer without(
      TracingAnswer.Outcome outcome, @Nullable String description) {
    return new TracingAnswer(
        outcome, TracingWriter.empty(outcome, description == null ? "" : description));
  }

  private TracingAnswer answer(TracingQuestion question) throws ClickHouseException {
    String traceId = question.otel() ? traceId(question) : "";
    if (traceId.isEmpty()) {
      return without(TracingAnswer.Outcome.SUCCESS, "");
    }
    FlowLog.Found found =
        flowLog.ofTrace(
            TracedSpan.select(question.attributes()), traceId, spansMax, limits.answerBytesMax());
    List<TracedSpan> spans = found.rows().stream().map(TracedSpan::new).toList();
    if (spans.isEmpty()) {
      return without(TracingAnswer.Outcome.SUCCESS, "");
    }
    return written(spans, found.cut() ? count(traceId) : spans.size(), question);
  }

  /// Empty when no row has that number.
  private String traceId(TracingQuestion question) throws ClickHouseException {
    TraceId traceId = question.traceId();
    if (traceId != null) {
      return traceId.hex();
    }
    List<FlowLog.Row> rows = flowLog.ofId(TRACE_OF_ROW, question.rowId());
    return rows.isEmpty() ? "" : rows.getFirst().text("trace_id");
  }

  private long count(String traceId) throws ClickHouseException {
    return flowLog
        .ofTrace(COUNT, traceId, 1, limits.answerBytesMax())
        .rows()
        .getFirst()
        .number("spans");
  }

  /// As many spans as fit.
  private TracingAnswer written(List<TracedSpan> spans, long found, TracingQuestion question) {
    List<TracedSpan> fitting = spans;
    while (true) {
      try {
        return new TracingAnswer(
            found > fitting.size() ? TracingAnswer.Outcome.PARTIAL : TracingAnswer.Outcome.SUCCESS,
            TracingWriter.trace(fitting, found, question.attributes(), limits.answerBytesMax()));
      } catch (LimitedOutput.TooLargeException e) {
        if (fitting.size() <= 1) {
          return without(TracingAnswer.Outcome.REFUSED, "a span is too large for an answer");
        }
        fitting = fitting.subList(0, fitting.size() / 2);
      }
    }
  }
}
