package deepflow.server.querier.sql;

import java.util.List;
import java.util.StringJoiner;

/// Turns HAVING into ClickHouse's SQL: aggregates and grouped tags against values.
final class Having {

  private final Values values;
  private final Bindings bindings;

  Having(Values values, Bindings bindings) {
    this.values = values;
    this.bindings = bindings;
  }

  String of(Expression expression) throws SqlException {
    return switch (expression) {
      case Expression.And and -> joined(and.operands(), " AND ");
      case Expression.Or or -> joined(or.operands(), " OR ");
      case Expression.Not not -> "NOT (%s)".formatted(of(not.operand()));
      case Expression.Comparison comparison -> ofComparison(comparison);
      case Expression.In in -> throw noCondition(in);
      case Expression.Call call -> throw noCondition(call);
      case Expression.Name name -> throw noCondition(name);
      case Expression.Text text -> throw noCondition(text);
      case Expression.Numeral numeral -> throw noCondition(numeral);
      case Expression.Arithmetic sum -> throw noCondition(sum);
      case Expression.Negative negative -> throw noCondition(negative);
    };
  }

  private static SqlException noCondition(Expression expression) {
    return new SqlException("HAVING compares an aggregate with a value", expression.position());
  }

  private String joined(List<Expression> operands, String word) throws SqlException {
    StringJoiner joiner = new StringJoiner(word, "(", ")");
    for (Expression operand : operands) {
      joiner.add(of(operand));
    }
    return joiner.toString();
  }

  private String ofComparison(Expression.Comparison comparison) throws SqlException {
    if (comparison.operator().isPattern()) {
      throw noCondition(comparison);
    }
    Values.Value left = values.ofAliased(comparison.left());
    String right =
        switch (Constant.of(comparison.right())) {
          case Constant.OfNumber number -> Numbers.bind(number, bindings);
          case Constant.OfText text -> bindings.bind("String", text.value());
        };
    return "ifNull(%s %s %s, 0)".formatted(left.sql(), comparison.operator().sign(), right);
  }
}
