package deepflow.server.querier.sql;

import java.math.BigDecimal;
import java.math.MathContext;

/// A value that a statement gives: a text, or a number that may be calculated (`100 + 1`).
sealed interface Constant {

  int position();

  record OfText(String value, int position) implements Constant {}

  record OfNumber(BigDecimal value, int position) implements Constant {}

  /// Numbers beyond this are nobody's, and calculating with them would cost memory.
  int DIGITS_MAX = 400;

  /// Reads or calculates it.
  ///
  /// @throws SqlException when it is no value
  static Constant of(Expression expression) throws SqlException {
    return switch (expression) {
      case Expression.Text text -> new OfText(text.value(), text.position());
      case Expression.Numeral numeral -> new OfNumber(number(numeral), numeral.position());
      case Expression.Negative negative ->
          new OfNumber(numberOf(negative.operand()).negate(), negative.position());
      case Expression.Arithmetic sum -> new OfNumber(calculated(sum), sum.position());
      case Expression.Name name ->
          throw new SqlException(
              "expected a value, found the name '%s' (texts stand in single quotes)"
                  .formatted(name.name()),
              name.position());
      case Expression.Call call -> throw noValue(call);
      case Expression.Comparison comparison -> throw noValue(comparison);
      case Expression.In in -> throw noValue(in);
      case Expression.And and -> throw noValue(and);
      case Expression.Or or -> throw noValue(or);
      case Expression.Not not -> throw noValue(not);
    };
  }

  private static SqlException noValue(Expression expression) {
    return new SqlException("expected a value", expression.position());
  }

  private static BigDecimal numberOf(Expression expression) throws SqlException {
    return switch (Constant.of(expression)) {
      case OfNumber number -> number.value();
      case OfText text -> throw new SqlException("expected a number", text.position());
    };
  }

  private static BigDecimal number(Expression.Numeral numeral) throws SqlException {
    try {
      return inRange(new BigDecimal(numeral.digits()), numeral.position());
    } catch (NumberFormatException _) {
      throw new SqlException("bad number '%s'".formatted(numeral.digits()), numeral.position());
    }
  }

  private static BigDecimal calculated(Expression.Arithmetic sum) throws SqlException {
    BigDecimal left = numberOf(sum.left());
    BigDecimal right = numberOf(sum.right());
    if (sum.operator().equals("/") && right.signum() == 0) {
      throw new SqlException("division by zero", sum.position());
    }
    BigDecimal result =
        switch (sum.operator()) {
          case "+" -> left.add(right);
          case "-" -> left.subtract(right);
          case "*" -> left.multiply(right);
          case "/" -> left.divide(right, MathContext.DECIMAL128);
          default -> throw new IllegalStateException(sum.operator());
        };
    return inRange(result, sum.position());
  }

  private static BigDecimal inRange(BigDecimal number, int position) throws SqlException {
    if (Math.abs((long) number.scale()) > DIGITS_MAX || number.precision() > DIGITS_MAX) {
      throw new SqlException("a number out of range", position);
    }
    return number;
  }
}
