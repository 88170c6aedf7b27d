package deepflow.server.querier.sql;

import java.util.List;
import java.util.stream.Collectors;

/// What can stand in a statement's lists and conditions. `position` is that of the first character
/// that belongs to the node's own sign (its operator, or its name); the statement's first is 1.
sealed interface Expression {

  int position();

  /// As the statement's author wrote it, with one way to space it and without back quotes: the name
  /// of a column without alias.
  String text();

  /// A tag, a metric or an alias.
  record Name(String name, int position) implements Expression {
    @Override
    public String text() {
      return name;
    }
  }

  /// A text in quotes.
  record Text(String value, int position) implements Expression {
    @Override
    public String text() {
      return "'" + value + "'";
    }
  }

  /// A number without a sign.
  ///
  /// @param digits as written; a decimal or scientific notation
  record Numeral(String digits, int position) implements Expression {
    @Override
    public String text() {
      return digits;
    }
  }

  /// A function or an aggregate.
  record Call(String function, List<Expression> arguments, int position) implements Expression {
    @Override
    public String text() {
      return arguments.stream()
          .map(Expression::text)
          .collect(Collectors.joining(", ", function + "(", ")"));
    }
  }

  /// A calculation.
  ///
  /// @param operator one of `+ - * /`
  record Arithmetic(Expression left, String operator, Expression right, int position)
      implements Expression {
    @Override
    public String text() {
      return "%s %s %s".formatted(left.text(), operator, right.text());
    }
  }

  record Negative(Expression operand, int position) implements Expression {
    @Override
    public String text() {
      return "-" + operand.text();
    }
  }

  record Comparison(Expression left, Operator operator, Expression right, int position)
      implements Expression {
    @Override
    public String text() {
      return "%s %s %s".formatted(left.text(), operator.sign(), right.text());
    }
  }

  record In(Expression left, boolean negated, List<Expression> values, int position)
      implements Expression {
    @Override
    public String text() {
      return values.stream()
          .map(Expression::text)
          .collect(Collectors.joining(", ", left.text() + (negated ? " NOT IN (" : " IN ("), ")"));
    }
  }

  /// All of two or more conditions. A list, so that a long chain is not a deep tree.
  record And(List<Expression> operands, int position) implements Expression {
    @Override
    public String text() {
      return operands.stream().map(Expression::text).collect(Collectors.joining(" AND "));
    }
  }

  /// Any of two or more conditions.
  record Or(List<Expression> operands, int position) implements Expression {
    @Override
    public String text() {
      return operands.stream().map(Expression::text).collect(Collectors.joining(" OR "));
    }
  }

  record Not(Expression operand, int position) implements Expression {
    @Override
    public String text() {
      return "NOT " + operand.text();
    }
  }
}
