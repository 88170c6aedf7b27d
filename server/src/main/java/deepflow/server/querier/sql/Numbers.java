package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

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
    String type = type(number);
    return bindings.bind(type, written(number, type));
  }

  /// Binds them as lists, one for each of the types that they need.
  ///
  /// @throws SqlException when one is a text that is no number
  static List<String> bindAll(List<Constant> constants, Bindings bindings) throws SqlException {
    Map<String, Set<String>> byType = new TreeMap<>();
    for (Constant constant : constants) {
      BigDecimal number = of(constant);
      String type = type(number);
      byType.computeIfAbsent(type, _ -> new LinkedHashSet<>()).add(written(number, type));
    }
    return byType.entrySet().stream()
        .map(list -> bindings.bindNumbers(list.getKey(), list.getValue()))
        .toList();
  }

  private static String type(BigDecimal number) {
    if (number.signum() != 0 && number.stripTrailingZeros().scale() > 0) {
      return "Float64";
    }
    BigInteger whole = number.toBigInteger();
    if (whole.compareTo(INT64_MIN) >= 0 && whole.compareTo(INT64_MAX) <= 0) {
      return "Int64";
    }
    return whole.signum() > 0 && whole.compareTo(UINT64_MAX) <= 0 ? "UInt64" : "Float64";
  }

  private static String written(BigDecimal number, String type) {
    return type.equals("Float64")
        ? Double.toString(number.doubleValue())
        : number.toBigInteger().toString();
  }
}
