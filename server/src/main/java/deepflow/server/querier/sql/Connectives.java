package deepflow.server.querier.sql;

import java.util.List;
import java.util.StringJoiner;

/// AND, OR and NOT of a condition. What they connect differs between WHERE and HAVING.
final class Connectives {

  /// The conditions themselves. All of them throw when they don't fit the table.
  interface Leaves {
    String of(Expression.Comparison comparison) throws SqlException;

    String of(Expression.In in) throws SqlException;

    String of(Expression.Call call) throws SqlException;

    /// What is said of an expression that is no condition.
    SqlException noCondition(Expression expression);
  }

  private final Leaves leaves;

  Connectives(Leaves leaves) {
    this.leaves = leaves;
  }

  /// The condition in SQL.
  ///
  /// @throws SqlException when it is no condition, or one that doesn't fit
  String of(Expression expression) throws SqlException {
    return switch (expression) {
      case Expression.And and -> joined(and.operands(), " AND ");
      case Expression.Or or -> joined(or.operands(), " OR ");
      case Expression.Not not -> "NOT (%s)".formatted(of(not.operand()));
      case Expression.Comparison comparison -> leaves.of(comparison);
      case Expression.In in -> leaves.of(in);
      case Expression.Call call -> leaves.of(call);
      case Expression.Name name -> throw leaves.noCondition(name);
      case Expression.Text text -> throw leaves.noCondition(text);
      case Expression.Numeral numeral -> throw leaves.noCondition(numeral);
      case Expression.Arithmetic sum -> throw leaves.noCondition(sum);
      case Expression.Negative negative -> throw leaves.noCondition(negative);
    };
  }

  private String joined(List<Expression> operands, String word) throws SqlException {
    StringJoiner joiner = new StringJoiner(word, "(", ")");
    for (Expression operand : operands) {
      joiner.add(of(operand));
    }
    return joiner.toString();
  }
}
