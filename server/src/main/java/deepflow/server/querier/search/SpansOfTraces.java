package deepflow.server.querier.search;

import deepflow.server.querier.Bindings;
import deepflow.server.storage.Duplicates;
import deepflow.server.storage.SpanOrder;
import java.util.ArrayList;
import java.util.List;

/// The rows of `spans` that are of some traces.
final class SpansOfTraces {

  /// Of more steps and traces it is cheaper to look up which of them there are.
  private static final int STEPS_MAX = 500;

  /// The condition on a row, by which the table's key leads to it. The summaries tell the steps
  /// that spans can be in, unless the traces last for long.
  ///
  /// @param traces one at least
  static String sql(List<TraceSummary> traces, Bindings bindings) {
    String rows = TimeRows.of(traces).sql(bindings);
    return "%s AND %s".formatted(rows, place(traces, rows, bindings));
  }

  private static String place(List<TraceSummary> traces, String rows, Bindings bindings) {
    List<Long> steps = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (TraceSummary trace : traces) {
      long last = SpanOrder.step(trace.endNanos());
      for (long step = SpanOrder.step(trace.startNanos()); step <= last; step++) {
        if (steps.size() == STEPS_MAX) {
          List<String> all = traces.stream().map(TraceSummary::traceId).toList();
          return SpanOrder.ofTraces(
              rows + " AND " + SpanOrder.isAmong(bindings.bindTexts("String", all)));
        }
        steps.add(step);
        ids.add(trace.traceId());
      }
    }
    return SpanOrder.ofPairs(steps, ids);
  }

  /// What stands behind FROM for all rows of a condition.
  static String each(String where) {
    return "deepflow.spans WHERE " + where;
  }

  /// The same, with each span once: rows that differ in nothing that the sender said are one.
  static String once(String where) {
    return "(SELECT * FROM (SELECT * FROM %s) AS rows %s LIMIT 1 BY trace_id, %s)"
        .formatted(each(where), Duplicates.SENDER_RESOURCES, Duplicates.SENDERS_WORDS);
  }

  private SpansOfTraces() {}
}
