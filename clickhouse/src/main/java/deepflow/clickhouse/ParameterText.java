package deepflow.clickhouse;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How the value of a `{name:Type}` is handed to ClickHouse, inside this process and over HTTP
/// alike.
final class ParameterText {
  private static final Pattern PLACE = Pattern.compile("\\{\\s*(\\w+)\\s*:\\s*([^}]+?)\\s*}");

  private ParameterText() {}

  /// The parameters of a statement, ready to be handed over.
  static Map<String, String> of(String sql, Map<String, String> parameters) {
    var texts = new LinkedHashMap<String, String>();
    parameters.forEach(
        (name, value) -> texts.put(name, isPlain(sql, name) ? value : escape(value)));
    return texts;
  }

  /// Arrays, maps and tuples are read in the quoted form, and an identifier is taken as it is: a
  /// second escape would stay in the value.
  static boolean isPlain(String sql, String name) {
    return Pattern.compile(
            "\\{\\s*" + Pattern.quote(name) + "\\s*:\\s*(Array|Map|Tuple|Nested|Identifier)\\b")
        .matcher(sql)
        .find();
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
