package deepflow.server.querier.sql;

import java.math.BigDecimal;
import java.math.BigInteger;

/// Binds numbers with a type that holds them.
final class Numbers {

  private static final BigInteger INT64_MAX = BigInteger.valueOf(Long.MAX_VALUE);
  private static final BigInteger INT64_MIN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger UINT64_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private Numbers() {}

  /// Binds it as the narrowest type of Int64, UInt64 and Float64.
  ///
  /// @throws SqlException when the constant is a text that is no number
  static String bind(Constant constant, Bindings bindings) throws SqlException {
    return bind(of(constant), bindings);
  }

  static BigDecimal of(Constant constant) throws SqlException {
    return switch (constant) {
      case Constant.OfNumber number -> number.value();
      case Constant.OfText text -> {
        if (!text.value().matches("[+-]?\\d{1,40}(\\.\\d{1,40})?")) {
          throw new SqlException("'%s' is no number".formatted(text.value()), text.position());
        }
        yield new BigDecimal(text.value());
      }
    };
  }

  private static String bind(BigDecimal number, Bindings bindings) {
    if (number.signum() != 0 && number.stripTrailingZeros().scale() > 0) {
      return bindings.bind("Float64", Double.toString(number.doubleValue()));
    }
    BigInteger whole = number.toBigInteger();
    if (whole.compareTo(INT64_MIN) >= 0 && whole.compareTo(INT64_MAX) <= 0) {
      return bindings.bind("Int64", whole.toString());
    }
    if (whole.signum() > 0 && whole.compareTo(UINT64_MAX) <= 0) {
      return bindings.bind("UInt64", whole.toString());
    }
    return bindings.bind("Float64", Double.toString(number.doubleValue()));
  }
}
