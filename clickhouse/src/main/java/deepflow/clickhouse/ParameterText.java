package deepflow.clickhouse;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// How the value of a `{name:Type}` is handed to ClickHouse, inside this process and over HTTP
/// alike.
final class ParameterText {
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
