package deepflow.server.querier.search;

import java.util.List;

/// What must hold for one span. A comparison with a value that a span lacks, or that is of another
/// type, does not hold, whatever its operator.
public sealed interface SpanCondition {

  /// Holds for every span.
  SpanCondition ANY = new And(List.of());

  /// All of them.
  record And(List<SpanCondition> operands) implements SpanCondition {
    public And {
      operands = List.copyOf(operands);
    }
  }

  /// At least one of them.
  record Or(List<SpanCondition> operands) implements SpanCondition {
    public Or {
      operands = List.copyOf(operands);
    }
  }

  /// Whatever it doesn't hold for.
  record Not(SpanCondition operand) implements SpanCondition {}

  /// A field of the span, of its resource or of its trace, compared with a value.
  ///
  /// @throws SearchException when the field, the operator and the value don't fit
  record Comparison(Field field, Operator operator, Value value) implements SpanCondition {
    public Comparison {
      field.check(operator, value);
    }
  }

  /// All of them; without any, [#ANY].
  static SpanCondition all(List<SpanCondition> conditions) {
    return conditions.size() == 1 ? conditions.getFirst() : new And(conditions);
  }

  /// Whether it is about traces only, so that no span needs to be read. [#ANY] is.
  default boolean isOfTraces() {
    return switch (this) {
      case And and -> and.operands.stream().allMatch(SpanCondition::isOfTraces);
      case Or or -> or.operands.stream().allMatch(SpanCondition::isOfTraces);
      case Not not -> not.operand.isOfTraces();
      case Comparison comparison -> comparison.field.isOfTraces();
    };
  }

  /// Each comparison, in the order of the text.
  default List<Comparison> comparisons() {
    return switch (this) {
      case And and -> and.operands.stream().flatMap(o -> o.comparisons().stream()).toList();
      case Or or -> or.operands.stream().flatMap(o -> o.comparisons().stream()).toList();
      case Not not -> not.operand.comparisons();
      case Comparison comparison -> List.of(comparison);
    };
  }
}
