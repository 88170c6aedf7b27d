package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;

/// An interval of time that rows are grouped by: `time(time, seconds)`. Buckets begin at multiples
/// of their length since 1970-01-01 UTC.
///
/// @param seconds its length
/// @param second ClickHouse's expression of a row's second
record Bucket(long seconds, String second) {

  private static final BigDecimal SECONDS_MAX = BigDecimal.valueOf(366L * 86_400);

  /// Reads the call. The length is at least the table's precision and a multiple of it.
  ///
  /// @throws SqlException when it asks for something else
  static Bucket of(Expression.Call call, Catalogue catalogue) throws SqlException {
    List<Expression> arguments = call.arguments();
    if (arguments.size() < 2
        || !(arguments.getFirst() instanceof Expression.Name(String name, int _))
        || !name.equals("time")
        || !plain(arguments)) {
      throw new SqlException(
          "time takes time and a length in seconds, and then 1 and 'none' only", call.position());
    }
    BigDecimal length = Numbers.of(Constant.of(arguments.get(1)));
    if (length.compareTo(BigDecimal.ONE) < 0 || length.compareTo(SECONDS_MAX) > 0) {
      throw new SqlException("an interval is 1 s to 366 days long", arguments.get(1).position());
    }
    long precision = catalogue.precisionSeconds();
    long rounded = (length.longValue() + precision - 1) / precision * precision;
    return new Bucket(rounded, catalogue.second());
  }

  /// Windows of several intervals and the filling of gaps are not there.
  private static boolean plain(List<Expression> arguments) {
    boolean oneWindow = arguments.size() < 3 || arguments.get(2).text().equals("1");
    boolean noFill =
        arguments.size() < 4 || Set.of("''", "'none'").contains(arguments.get(3).text());
    return oneWindow && noFill && arguments.size() < 5;
  }

  /// ClickHouse's expression of a row's bucket: its first second.
  String begin(Bindings bindings) {
    String length = bindings.bind("Int64", Long.toString(seconds));
    return "(intDiv(%s, %s) * %s)".formatted(second, length, length);
  }
}
