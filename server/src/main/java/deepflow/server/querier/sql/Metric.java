package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import deepflow.server.querier.ConversionSql;
import deepflow.server.semconv.Conversion;
import deepflow.server.semconv.Kinds;
import deepflow.server.semconv.Reading;
import deepflow.server.semconv.Renames;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A metric of a table: a number of each row.
///
/// @param unit as the answer's schema names it; empty when it has none
/// @param expression ClickHouse's expression of a row's value; for a percentage the part; for a
///   distribution what its columns begin with
/// @param whole for a percentage what the part is divided by, else null
record Metric(String name, Type type, String unit, String expression, @Nullable String whole) {

  enum Type {
    COUNTER,
    /// Only values above 0 count.
    DELAY,
    /// A delay of which rows have sum, count, maximum and buckets.
    DISTRIBUTION,
    /// The ratio of two sums, in percent, at most 100; null when the whole is 0.
    PERCENTAGE,
    BOUNDED_GAUGE,
    /// Only Count takes it.
    OTHER;

    /// DeepFlow's number for it.
    int kind() {
      return switch (this) {
        case COUNTER -> 1;
        case DELAY, DISTRIBUTION -> 3;
        case PERCENTAGE -> 4;
        case OTHER -> 8;
        case BOUNDED_GAUGE -> 9;
      };
    }

    static Type of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  /// Whether the name is followed by a key.
  boolean takesKeys() {
    return name.endsWith(".*");
  }

  /// ClickHouse's expression of the name with a key.
  String keyed(String key) {
    return "concat(%s, %s)".formatted(Literal.of(name.substring(0, name.length() - 1)), key);
  }

  Metric at(String subName, String key, Bindings bindings) {
    List<Reading> numbers = Renames.of(key).stream().filter(Metric::isNumber).toList();
    return new Metric(
        subName,
        type,
        unit,
        numbers.size() == 1
            ? expression.replace("{key}", bindings.bind("String", key))
            : numbers.stream()
                .map(reading -> ofKind(reading, bindings))
                .collect(Collectors.joining(", ", "coalesce(", ")")),
        whole);
  }

  /// What is a number under its own name is one under the other.
  private static boolean isNumber(Reading reading) {
    return switch (reading.conversion()) {
      case Conversion.Same _, Conversion.Text _, Conversion.Whole _ -> true;
      case Conversion.Values _,
          Conversion.Part _,
          Conversion.Joined _,
          Conversion.Host _,
          Conversion.Port _ ->
          false;
    };
  }

  private String ofKind(Reading reading, Bindings bindings) {
    String value = expression.replace("{key}", bindings.bind("String", reading.key()));
    return reading.kinds() == Kinds.ANY
        ? value
        : "if(%s, %s, NULL)".formatted(ConversionSql.kinds(reading.kinds()), value);
  }
}
