package deepflow.server.querier.sql;

import java.util.List;
import java.util.stream.Collectors;

/// Display names of a tag's values.
///
/// @param numeric whether the values are whole numbers
record Enumeration(String name, boolean numeric, List<Entry> entries) {

  /// One value and its names.
  ///
  /// @param value as stored
  record Entry(String value, String english, String chinese) {
    String name(Language language) {
      return switch (language) {
        case ENGLISH -> english;
        case CHINESE -> chinese;
      };
    }
  }

  /// ClickHouse's expression of the display name; a value without a name is shown as it is.
  String named(String expression, Language language) {
    if (entries.isEmpty()) {
      return "toString(%s)".formatted(expression);
    }
    String values =
        entries.stream()
            .map(entry -> numeric ? entry.value() : literal(entry.value()))
            .collect(Collectors.joining(", "));
    String names =
        entries.stream()
            .map(entry -> literal(entry.name(language)))
            .collect(Collectors.joining(", "));
    String value =
        numeric ? "toInt64(%s)".formatted(expression) : "toString(%s)".formatted(expression);
    return "transform(%s, [%s], [%s], toString(%s))".formatted(value, values, names, expression);
  }

  /// For the catalogue's own texts only.
  private static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
