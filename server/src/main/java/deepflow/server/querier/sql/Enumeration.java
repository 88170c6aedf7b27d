package deepflow.server.querier.sql;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Display names of a tag's values.
///
/// @param numeric whether the values are whole numbers
/// @param entries none when each value is its own name
record Enumeration(String name, boolean numeric, List<Entry> entries) {

  /// One value and its names.
  ///
  /// @param value as stored
  record Entry(String value, Wording name, Wording meaning) {}

  /// All enumerations, by name.
  static Map<String, Enumeration> all() {
    Map<String, Enumeration> all = new LinkedHashMap<>();
    for (DataFile.Section section : DataFile.sections("enumerations")) {
      if (!section.heading().isEmpty()) {
        String name = section.heading().get(0);
        boolean numeric = section.heading().get(1).equals("int");
        all.put(
            name,
            new Enumeration(
                name, numeric, section.lines().stream().map(Enumeration::entry).toList()));
      }
    }
    return all;
  }

  private static Entry entry(List<String> line) {
    Wording meaning = line.size() > 4 ? new Wording(line.get(3), line.get(4)) : Wording.NONE;
    return new Entry(line.get(0), new Wording(line.get(1), line.get(2)), meaning);
  }

  /// A value of it as ClickHouse's constant.
  String literal(Entry entry) {
    return numeric ? entry.value() : Literal.of(entry.value());
  }

  /// ClickHouse's expression of the display name; a value without a name is shown as it is.
  String named(String expression, Language language) {
    if (entries.isEmpty()) {
      return "toString(%s)".formatted(expression);
    }
    String values = entries.stream().map(this::literal).collect(Collectors.joining(", "));
    String names =
        entries.stream()
            .map(entry -> Literal.of(entry.name().in(language)))
            .collect(Collectors.joining(", "));
    String value =
        numeric ? "toInt64(%s)".formatted(expression) : "toString(%s)".formatted(expression);
    return "transform(%s, [%s], [%s], toString(%s))".formatted(value, values, names, expression);
  }
}
