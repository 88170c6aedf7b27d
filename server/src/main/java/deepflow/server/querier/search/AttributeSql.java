package deepflow.server.querier.search;

import java.util.ArrayList;
import java.util.List;

/// Says a comparison of an attribute in ClickHouse's SQL, for any table that has the columns
/// `attributes` and `attribute_types`.
///
/// An equality also asks whether the value is among all values of the row, whatever its key: that
/// is what the bloom filter on them can answer for 2048 rows at once. A number is written in the
/// store as Java writes it, so a number has few texts to look for.
final class AttributeSql {

  private final Bindings bindings;

  AttributeSql(Bindings bindings) {
    this.bindings = bindings;
  }

  /// Whether the row has the attribute.
  String exists(String key) {
    return "mapContains(attributes, %s)".formatted(bindings.text(key));
  }

  /// Whether the row has it and it compares.
  ///
  /// @param value not nil
  String test(String key, Operator operator, Value value) {
    String test =
        switch (value) {
          case Value.Text text -> typed(key, "= 's'", text(value(key), operator, text.text()));
          case Value.Written text -> typed(key, "!= 'o'", text(value(key), operator, text.text()));
          case Value.Truth truth ->
              typed(key, "= 'b'", text(value(key), operator, Boolean.toString(truth.truth())));
          case Value.Whole _, Value.Nanos _, Value.Real _ -> ofNumber(key, operator, value);
          case Value.Nil _, Value.Status _, Value.Kind _ ->
              throw new IllegalArgumentException("an attribute has no " + value);
        };
    String exact = "%s AND %s".formatted(exists(key), test);
    return "(%s)".formatted(operator == Operator.EQUAL ? among(value) + " AND " + exact : exact);
  }

  private String ofNumber(String key, Operator operator, Value value) {
    return "(%s OR %s)"
        .formatted(
            typed(key, "= 'i'", number("toInt64OrZero(%s)".formatted(value(key)), operator, value)),
            typed(
                key,
                "= 'd'",
                number("toFloat64OrZero(%s)".formatted(value(key)), operator, value)));
  }

  private String typed(String key, String type, String test) {
    return "(if(attribute_types = '', 's', substring(attribute_types, %s, 1)) %s AND %s)"
        .formatted(place(key), type, test);
  }

  private String value(String key) {
    return "mapValues(attributes)[%s]".formatted(place(key));
  }

  /// Of a key that is there twice the last counts.
  private String place(String key) {
    return "arrayLastIndex(k -> k = %s, mapKeys(attributes))".formatted(bindings.text(key));
  }

  private String among(Value value) {
    List<String> tests =
        texts(value).stream()
            .map(text -> "has(mapValues(attributes), %s)".formatted(bindings.text(text)))
            .toList();
    return tests.size() == 1 ? tests.getFirst() : "(%s)".formatted(String.join(" OR ", tests));
  }

  /// Each way in which the store may write it.
  private static List<String> texts(Value value) {
    return switch (value) {
      case Value.Text text -> List.of(text.text());
      case Value.Written text -> List.of(text.text());
      case Value.Truth truth -> List.of(Boolean.toString(truth.truth()));
      case Value.Whole whole -> texts(whole.number());
      case Value.Nanos nanos -> texts(nanos.nanos());
      case Value.Real real -> texts(real.number());
      case Value.Nil _, Value.Status _, Value.Kind _ -> List.of();
    };
  }

  private static List<String> texts(long number) {
    List<String> texts = new ArrayList<>(List.of(Long.toString(number)));
    texts.add(Double.toString((double) number));
    if (number == 0) {
      texts.add("-0.0");
    }
    return texts;
  }

  private static List<String> texts(double number) {
    boolean whole = number == Math.rint(number) && Math.abs(number) < 0x1p63;
    return whole ? texts((long) number) : List.of(Double.toString(number));
  }

  /// A comparison of texts.
  String text(String expression, Operator operator, String value) {
    return switch (operator) {
      case MATCH -> "match(%s, %s)".formatted(expression, bindings.text(whole(value)));
      case NOT_MATCH -> "NOT match(%s, %s)".formatted(expression, bindings.text(whole(value)));
      case EQUAL, NOT_EQUAL, GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL ->
          "%s %s %s".formatted(expression, operator.sign(), bindings.text(value));
    };
  }

  /// As Tempo does, a pattern must fit the whole text; a dot is any character.
  private static String whole(String pattern) {
    return "^(?s:%s)$".formatted(pattern);
  }

  /// A comparison of numbers.
  String number(String expression, Operator operator, Value value) {
    String number =
        switch (value) {
          case Value.Whole whole -> bindings.number(whole.number());
          case Value.Nanos nanos -> bindings.number(nanos.nanos());
          case Value.Real real -> bindings.bind("Float64", Double.toString(real.number()));
          case Value.Text _,
              Value.Written _,
              Value.Truth _,
              Value.Nil _,
              Value.Status _,
              Value.Kind _ ->
              throw new IllegalArgumentException(value + " is no number");
        };
    return "%s %s %s".formatted(expression, operator.sign(), number);
  }
}
