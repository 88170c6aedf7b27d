package deepflow.clickhouse;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// How the value of a `{name:Type}` is handed to ClickHouse, inside this process and over HTTP
/// alike.
final class ParameterText {
  private static final Pattern PLACE = Pattern.compile("\\{\\s*(\\w+)\\s*:\\s*([^}]+?)\\s*}");

  /// Arrays, maps and tuples are read in the quoted form, and an identifier is taken as it is: a
  /// second escape would stay in the value.
  private static final Pattern PLAIN =
      Pattern.compile("\\{\\s*(\\w+)\\s*:\\s*(?:Array|Map|Tuple|Nested|Identifier)\\b");

  private ParameterText() {}

  /// The parameters of a statement, ready to be handed over.
  static Map<String, String> of(String sql, Map<String, String> parameters) {
    Set<String> plain = plain(sql);
    var texts = new LinkedHashMap<String, String>();
    parameters.forEach(
        (name, value) -> texts.put(name, plain.contains(name) ? value : escape(value)));
    return texts;
  }

  /// The parameters that are handed over without escapes.
  static Set<String> plain(String sql) {
    return PLAIN.matcher(sql).results().map(place -> place.group(1)).collect(Collectors.toSet());
  }

  /// The statement with literals in the places of these parameters. All at once, since a value may
  /// look like a place.
  ///
  /// @param values as they were given, without escapes
  static String withLiterals(String sql, Map<String, String> values) {
    return PLACE
        .matcher(sql)
        .replaceAll(place -> {
          String value = values.get(place.group(1));
          String text =
              value == null
                  ? place.group()
                  : "CAST(%s, %s)".formatted(quoted(value), quoted(place.group(2)));
          return Matcher.quoteReplacement(text);
        });
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  /// The engine reads a parameter as one field of TSV: without escapes a tab ends it (code 457).
  private static String escape(String value) {
    return value
        .replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\0", "\\0");
  }
}
