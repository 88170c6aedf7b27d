package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The time range that a statement's conditions set, in whole Unix seconds.
///
/// @param first null when nothing bounds it
/// @param last the last second within, null when nothing bounds it
record TimeRange(@Nullable Long first, @Nullable Long last) {

  private static final long NANOS_OF_SECOND = 1_000_000_000L;

  /// When it begins in ns since 1970-01-01 UTC, or before, when 64 bits can't say that.
  long firstNanos() {
    return first == null ? Long.MIN_VALUE : nanos(first);
  }

  /// When its last second is over, or after that, likewise.
  long endNanos() {
    return last == null || last == Long.MAX_VALUE ? Long.MAX_VALUE : nanos(last + 1);
  }

  private static long nanos(long seconds) {
    return Math.clamp(seconds, -Long.MAX_VALUE / NANOS_OF_SECOND, Long.MAX_VALUE / NANOS_OF_SECOND)
        * NANOS_OF_SECOND;
  }

  /// Only what holds for each row: conditions on `time` that are joined by AND.
  static TimeRange of(@Nullable Expression where) {
    Long first = null;
    Long last = null;
    for (Expression condition : joined(where)) {
      if (condition
              instanceof
              Expression.Comparison(
                  Expression.Name(String name, int _),
                  Operator operator,
                  Expression right,
                  int _)
          && name.equals("time")) {
        Long value = seconds(right);
        if (value == null) {
          continue;
        }
        Long from = firstOf(operator, value);
        Long to = lastOf(operator, value);
        first = from == null || (first != null && first > from) ? first : from;
        last = to == null || (last != null && last < to) ? last : to;
      }
    }
    return new TimeRange(first, last);
  }

  /// Whatever stands between parentheses.
  private static List<Expression> joined(@Nullable Expression where) {
    return switch (where) {
      case null -> List.of();
      case Expression.And and -> and.operands().stream().flatMap(o -> joined(o).stream()).toList();
      default -> List.of(where);
    };
  }

  private static @Nullable Long firstOf(Operator operator, long value) {
    return switch (operator) {
      case GREATER_OR_EQUAL, EQUAL -> value;
      case GREATER -> value + 1;
      case LESS, LESS_OR_EQUAL, NOT_EQUAL, LIKE, NOT_LIKE, REGEXP, NOT_REGEXP -> null;
    };
  }

  private static @Nullable Long lastOf(Operator operator, long value) {
    return switch (operator) {
      case LESS_OR_EQUAL, EQUAL -> value;
      case LESS -> value - 1;
      case GREATER, GREATER_OR_EQUAL, NOT_EQUAL, LIKE, NOT_LIKE, REGEXP, NOT_REGEXP -> null;
    };
  }

  private static @Nullable Long seconds(Expression expression) {
    try {
      BigDecimal number = Numbers.of(Constant.of(expression));
      return number.setScale(0, RoundingMode.FLOOR).longValueExact();
    } catch (SqlException | ArithmeticException _) {
      return null;
    }
  }

  /// How many seconds it holds, as an SQL expression. Where the statement sets no bounds, the rows
  /// do.
  ///
  /// @param second expression of a row's second
  /// @param precision how many seconds a row is about, from that one on
  String seconds(Bindings bindings, String second, int precision) {
    Long from = first;
    Long to = last;
    if (from != null && to != null && to >= from) {
      return bindings.bind("Int64", Long.toString(to - from + 1));
    }
    return "(max(%1$s) - min(%1$s) + %2$s)".formatted(second, precision);
  }
}
