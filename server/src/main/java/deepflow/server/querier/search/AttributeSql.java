package deepflow.server.querier.search;

import deepflow.server.querier.Bindings;
import deepflow.server.querier.ConversionSql;
import deepflow.server.semconv.Conversion;
import deepflow.server.semconv.Kinds;
import deepflow.server.semconv.Reading;
import deepflow.server.semconv.Renames;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Says a comparison of an attribute in ClickHouse's SQL, for a table that has the columns
/// `attributes`, `attribute_types` and `elements`.
///
/// A key stands for all names of the same by the semantic conventions ([Renames]): a comparison
/// holds when it holds under one of the names that the row has, `!=` and `!~` when under all of
/// them.
///
/// An array or a map compares as the simple values in it do: a comparison holds when it holds for
/// one of them, `!=` and `!~` when there are values of that type and it holds for all of those.
/// They stand in the column `elements`, where bytes stand as well.
///
/// An equality also asks whether the value is among all values of the row, whatever its key: most
/// rows are out by that, for less than the key costs.
final class AttributeSql {

  private final Bindings bindings;
  private final boolean ofSpans;
  private final ConversionSql conversions;

  private AttributeSql(Bindings bindings, boolean ofSpans) {
    this.bindings = bindings;
    this.ofSpans = ofSpans;
    this.conversions =
        new ConversionSql(bindings::bind, key -> "attributes[%s]".formatted(bindings.text(key)));
  }

  /// Of `deepflow.spans`.
  static AttributeSql ofSpans(Bindings bindings) {
    return new AttributeSql(bindings, true);
  }

  /// Of `deepflow.resources`, which have no kind.
  static AttributeSql ofResources(Bindings bindings) {
    return new AttributeSql(bindings, false);
  }

  /// One reading of a key, in SQL.
  ///
  /// @param exists whether the row has it
  /// @param place where it stands in `attributes`
  /// @param element what an element `e` of it is
  private record Read(Reading reading, String exists, Typed typed, String place, Typed element) {}

  /// A value in SQL.
  ///
  /// @param type its letter
  /// @param text how it is written
  private record Typed(String type, String text) {

    String and(String letters, String test) {
      return "(%s %s AND %s)".formatted(type, letters, test);
    }
  }

  /// Whether the row has the attribute.
  String exists(String key) {
    return any(readings(key).stream().map(Read::exists).distinct().toList());
  }

  /// Each type and value that the row has of it.
  ///
  /// @return SQL of an array of tuples
  String pairs(String key) {
    return readings(key).stream()
        .map(read ->
            "if(%s, arrayConcat([(toString(%s), toString(%s))], arrayMap(e -> (toString(%s), toString(%s)), mapValues(mapFilter((of, e) -> of = %s, elements)))), [])"
                .formatted(
                    read.exists,
                    read.typed.type,
                    read.typed.text,
                    read.element.type,
                    read.element.text,
                    read.place))
        .collect(Collectors.joining(", ", "arrayDistinct(arrayConcat(", "))"));
  }

  /// Whether the row has it and it compares.
  ///
  /// @param value not nil
  String test(String key, Operator operator, Value value) {
    List<Read> readings = readings(key);
    if (operator.isNegative() && readings.size() > 1) {
      String all =
          readings.stream()
              .map(read -> "(NOT %s OR %s)".formatted(read.exists, test(read, operator, value)))
              .collect(Collectors.joining(" AND "));
      return "(%s AND %s)".formatted(exists(key), all);
    }
    return any(readings.stream().map(read -> whole(read, operator, value)).toList());
  }

  private String whole(Read read, Operator operator, Value value) {
    String exact = "%s AND %s".formatted(read.exists, test(read, operator, value));
    boolean findable =
        operator == Operator.EQUAL && StoredTexts.canBeTold(read.reading.conversion());
    return "(%s)".formatted(findable ? among(read, value) + " AND " + exact : exact);
  }

  private static String any(List<String> conditions) {
    return conditions.size() == 1
        ? conditions.getFirst()
        : "(%s)".formatted(String.join(" OR ", conditions));
  }

  private List<Read> readings(String key) {
    return Renames.of(key).stream()
        .filter(reading -> ofSpans || reading.kinds() == Kinds.ANY)
        .map(this::read)
        .toList();
  }

  private Read read(Reading reading) {
    String place = place(reading.key());
    String stored = "mapValues(attributes)[%s]".formatted(place);
    String value = conversions.text(reading.conversion(), stored);
    List<String> exists = new ArrayList<>();
    exists.add("mapContains(attributes, %s)".formatted(bindings.text(reading.key())));
    if (reading.kinds() != Kinds.ANY) {
      exists.add(ConversionSql.kinds(reading.kinds()));
    }
    if (ConversionSql.canFail(reading.conversion())) {
      exists.add(value + " != ''");
    }
    String all = String.join(" AND ", exists);
    String letter =
        "if(attribute_types = '', 's', substring(attribute_types, %s, 1))".formatted(place);
    return new Read(
        reading,
        exists.size() == 1 ? all : "(%s)".formatted(all),
        new Typed(type(reading.conversion(), value, letter), value),
        place,
        element(reading.conversion()));
  }

  private Typed element(Conversion conversion) {
    String value = conversions.text(conversion, "substring(e, 2)");
    return new Typed(type(conversion, value, "substring(e, 1, 1)"), value);
  }

  private static String type(Conversion conversion, String value, String stored) {
    String text = "if(%s = 'o', 'o', 's')".formatted(stored);
    String integer =
        "multiIf(%s = 'o', 'o', isNull(toInt64OrNull(%s)), 's', 'i')".formatted(stored, value);
    return switch (conversion) {
      case Conversion.Same _ -> stored;
      case Conversion.Values values -> values.integers() ? integer : text;
      case Conversion.Text _, Conversion.Part _, Conversion.Joined _, Conversion.Host _ -> text;
      case Conversion.Whole _, Conversion.Port _ -> integer;
    };
  }

  /// Of a key that is there twice the last counts.
  private String place(String key) {
    return "arrayLastIndex(k -> k = %s, mapKeys(attributes))".formatted(bindings.text(key));
  }

  private String test(Read read, Operator operator, Value value) {
    return "(%s OR notEmpty(elements) AND %s)"
        .formatted(test(read.typed, operator, value), ofElements(read, operator, value));
  }

  private String ofElements(Read read, Operator operator, Value value) {
    String some = element(read, test(read.element, operator, value));
    return operator.isNegative()
        ? "(%s AND NOT %s)"
            .formatted(some, element(read, test(read.element, operator.positive(), value)))
        : some;
  }

  private static String element(Read read, String test) {
    return "mapExists((of, e) -> of = %s AND %s, elements)".formatted(read.place, test);
  }

  private String test(Typed typed, Operator operator, Value value) {
    return switch (value) {
      case Value.Text text -> typed.and("= 's'", text(typed.text, operator, text.text()));
      case Value.Written text -> typed.and("!= 'o'", text(typed.text, operator, text.text()));
      case Value.Truth truth ->
          typed.and("= 'b'", text(typed.text, operator, Boolean.toString(truth.truth())));
      case Value.Whole _, Value.Nanos _, Value.Real _ ->
          "(%s OR %s)"
              .formatted(
                  typed.and(
                      "= 'i'", number("toInt64OrZero(%s)".formatted(typed.text), operator, value)),
                  typed.and(
                      "= 'd'",
                      number("toFloat64OrZero(%s)".formatted(typed.text), operator, value)));
      case Value.Nil _, Value.Status _, Value.Kind _ ->
          throw new IllegalArgumentException("an attribute has no " + value);
    };
  }

  private String among(Read read, Value value) {
    Stream<String> tests =
        StoredTexts.of(read.reading.conversion(), value).stream()
            .map(text -> "has(mapValues(attributes), %s)".formatted(bindings.text(text)));
    return Stream.concat(tests, Stream.of("notEmpty(elements)"))
        .collect(Collectors.joining(" OR ", "(", ")"));
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
  static String whole(String pattern) {
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
