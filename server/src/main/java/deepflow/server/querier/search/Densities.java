package deepflow.server.querier.search;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// How many traces there were in a step ([SpanOrder]) of which searches of one form found that they
/// fulfil the condition: the same fields compared in the same ways, whatever the values. So the
/// next one knows how far back it likely has to go. What is found doesn't depend on it. Safe for
/// use by many threads.
final class Densities {

  private static final int FORMS_MAX = 1_000;

  /// In standard deviations: one search in six has to look a second time, and none reads half as
  /// much again for the sake of that one.
  private static final double MARGIN = 1;

  /// What of a condition is remembered.
  record Form(List<Field> fields, List<Operator> operators) {
    static Form of(SpanCondition condition) {
      return new Form(
          condition.comparisons().stream().map(SpanCondition.Comparison::field).toList(),
          condition.comparisons().stream().map(SpanCondition.Comparison::operator).toList());
    }
  }

  private final Map<Form, Double> tracesInStep =
      new LinkedHashMap<>(64, 0.75f, /* accessOrder= */ true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Form, Double> eldest) {
          return size() > FORMS_MAX;
        }
      };

  /// One search found so many in so many steps.
  synchronized void note(Form form, long traces, long steps) {
    // The last one counts as much as all before it: what comes in changes.
    tracesInStep.merge(form, (double) traces / steps, (before, now) -> (before + now) / 2);
  }

  /// In how many steps there are so many, most likely, if that is known.
  synchronized OptionalLong steps(Form form, long traces) {
    Double density = tracesInStep.get(form);
    return density == null || density == 0
        ? OptionalLong.empty()
        : OptionalLong.of((long) Math.ceil(Stretches.withMargin(traces, traces, MARGIN) / density));
  }
}
