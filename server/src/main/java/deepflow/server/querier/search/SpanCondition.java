package deepflow.server.querier.search;

import java.util.List;

/// What must hold for one span. A comparison with a value that a span lacks, or that is of another
/// type, does not hold, whatever its operator.
public sealed interface SpanCondition {

  /// Holds for every span.
  @SuppressWarnings("ClassInitializationDeadlock") // And doesn't wait for an interface without code
  SpanCondition ANY = new And(List.of());

  /// Whether it is about traces only, so that no span needs to be read. [#ANY] is.
  boolean isOfTraces();

  /// Each comparison, in the order of the text.
  List<Comparison> comparisons();

  /// All of them; without any, [#ANY].
  static SpanCondition all(List<SpanCondition> conditions) {
    return conditions.size() == 1 ? conditions.getFirst() : new And(conditions);
  }

  /// All of them.
  record And(List<SpanCondition> operands) implements SpanCondition {
    public And {
      operands = List.copyOf(operands);
    }

    @Override
    public boolean isOfTraces() {
      return operands.stream().allMatch(SpanCondition::isOfTraces);
    }

    @Override
    public List<Comparison> comparisons() {
      return operands.stream().flatMap(operand -> operand.comparisons().stream()).toList();
    }
  }

  /// At least one of them.
  record Or(List<SpanCondition> operands) implements SpanCondition {
    public Or {
      operands = List.copyOf(operands);
    }

    @Override
    public boolean isOfTraces() {
      return operands.stream().allMatch(SpanCondition::isOfTraces);
    }

    @Override
    public List<Comparison> comparisons() {
      return operands.stream().flatMap(operand -> operand.comparisons().stream()).toList();
    }
  }

  /// Whatever it doesn't hold for.
  record Not(SpanCondition operand) implements SpanCondition {

    @Override
    public boolean isOfTraces() {
      return operand.isOfTraces();
    }

    @Override
    public List<Comparison> comparisons() {
      return operand.comparisons();
    }
  }

  /// A field of the span, of its resource or of its trace, compared with a value. What doesn't fit
  /// together is refused with a [SearchException].
  record Comparison(Field field, Operator operator, Value value) implements SpanCondition {
    public Comparison {
      field.check(operator, value);
    }

    @Override
    public boolean isOfTraces() {
      return field.isOfTraces();
    }

    @Override
    public List<Comparison> comparisons() {
      return List.of(this);
    }
  }
}
