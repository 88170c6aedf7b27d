package deepflow.server.querier;

import deepflow.server.semconv.Authority;
import deepflow.server.semconv.Conversion;
import deepflow.server.semconv.Conversion.Part;
import deepflow.server.semconv.Kinds;
import deepflow.server.semconv.Reading;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Says in ClickHouse's SQL what an attribute's value becomes under another name.
public final class ConversionSql {

  private final BinaryOperator<String> bind;
  private final UnaryOperator<String> attribute;

  /// @param bind takes a ClickHouse type and a value, gives what stands for it in the SQL
  /// @param attribute gives the SQL of another attribute's text, empty when it isn't there
  public ConversionSql(BinaryOperator<String> bind, UnaryOperator<String> attribute) {
    this.bind = bind;
    this.attribute = attribute;
  }

  /// The converted text.
  ///
  /// @param value SQL of the stored text
  /// @return SQL of a text, which is empty where nothing can be made of the value and
  ///   [#canFail(Conversion)]
  public String text(Conversion conversion, String value) {
    return switch (conversion) {
      case Conversion.Same _, Conversion.Text _, Conversion.Whole _ -> value;
      case Conversion.Values values -> values(values.table(), value);
      case Part part -> part(part, value);
      case Conversion.Joined joined -> {
        String other = attribute.apply(joined.key());
        String sign = "'" + joined.sign() + "'";
        yield joined.before()
            ? "if(%1$s = '' OR startsWith(%2$s, concat(%1$s, %3$s)), %2$s, concat(%1$s, %3$s, %2$s))"
                .formatted(other, value, sign)
            : "if(%1$s = '', %2$s, concat(%2$s, %3$s, %1$s))".formatted(other, value, sign);
      }
      case Conversion.Host _ -> extract(value, Authority.HOST);
      case Conversion.Port _ -> extract(value, Authority.PORT);
    };
  }

  private String extract(String value, String pattern) {
    return "extract(%s, %s)".formatted(value, bind.apply("String", pattern));
  }

  private String values(Map<String, String> table, String value) {
    Map<String, String> sorted = new TreeMap<>(table);
    return "transform(%s, %s, %s, %s)"
        .formatted(value, array(sorted.keySet()), array(sorted.values()), value);
  }

  private String array(Collection<String> texts) {
    return bind.apply(
        "Array(String)",
        texts.stream().map("'%s'"::formatted).collect(Collectors.joining(",", "[", "]")));
  }

  private static String part(Part part, String value) {
    String sign = part.sign();
    return switch (part.place()) {
      case BEFORE_FIRST -> "substringIndex(%s, '%s', 1)".formatted(value, sign);
      case AFTER_LAST -> "substringIndex(%s, '%s', -1)".formatted(value, sign);
      case AFTER_FIRST ->
          "if(position(%s, '%s') = 0, '', substring(%s, position(%s, '%s') + 1))"
              .formatted(value, sign, value, value, sign);
      case BEFORE_LAST ->
          "if(position(%s, '%s') = 0, '', substring(%s, 1, length(%s) - length(substringIndex(%s, '%s', -1)) - 1))"
              .formatted(value, sign, value, value, value, sign);
    };
  }

  /// Whether nothing can be made of some values.
  public static boolean canFail(Conversion conversion) {
    return switch (conversion) {
      case Conversion.Same _,
          Conversion.Text _,
          Conversion.Whole _,
          Conversion.Values _,
          Conversion.Joined _ ->
          false;
      case Part _, Conversion.Host _, Conversion.Port _ -> true;
    };
  }

  /// The condition on a span's kind.
  public static String kinds(Kinds kinds) {
    return switch (kinds) {
      case ANY -> "1";
      case CALLING -> "kind != 2";
      case SERVING -> "kind = 2";
      case CONSUMING -> "kind = 5";
    };
  }

  /// A value that is NULL where it is missing, by one reading.
  ///
  /// @param value gives the SQL of an attribute's value, NULL when it isn't there
  public String one(Reading reading, UnaryOperator<String> value) {
    String text = text(reading.conversion(), value.apply(reading.key()));
    String whole = canFail(reading.conversion()) ? "nullIf(%s, '')".formatted(text) : text;
    return reading.kinds() == Kinds.ANY
        ? whole
        : "if(%s, %s, NULL)".formatted(kinds(reading.kinds()), whole);
  }

  /// The same by the first of the readings that has one. What is joined to the key's own value says
  /// more than that alone, so it goes before it.
  ///
  /// @param readings the key's own first
  public String first(List<Reading> readings, UnaryOperator<String> value) {
    String key = readings.getFirst().key();
    List<String> all =
        readings.stream()
            .sorted(Comparator.comparing(reading -> !isJoined(reading, key)))
            .map(reading -> one(reading, value))
            .toList();
    return all.size() == 1 ? all.getFirst() : "coalesce(%s)".formatted(String.join(", ", all));
  }

  private static boolean isJoined(Reading reading, String key) {
    return reading.key().equals(key) && reading.conversion() instanceof Conversion.Joined;
  }
}
