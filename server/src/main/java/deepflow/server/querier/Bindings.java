package deepflow.server.querier;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// The values of a statement, each bound to a parameter; equal values share one, so that an
/// expression in SELECT and the same in GROUP BY read alike.
public final class Bindings {

  private final Map<String, String> placeholders = new LinkedHashMap<>();
  private final Map<String, String> values = new LinkedHashMap<>();

  /// Binds a value.
  ///
  /// @param type a ClickHouse type
  /// @return what stands in the SQL, such as `{p0:String}`
  public String bind(String type, String value) {
    return placeholders.computeIfAbsent(type + ' ' + value, _ -> next(type, value));
  }

  /// Binds a text.
  public String text(String value) {
    return bind("String", value);
  }

  /// Binds a whole number.
  public String number(long value) {
    return bind("Int64", Long.toString(value));
  }

  /// Binds a list of what is written as text.
  ///
  /// @param type of each value
  /// @return what stands in the SQL, such as `{p0:Array(String)}`
  public String bindTexts(String type, Collection<String> list) {
    return bindList(type, list.stream().map(Bindings::quoted).toList());
  }

  /// Binds a list of what is written as number.
  public String bindNumbers(String type, Collection<String> list) {
    return bindList(type, list);
  }

  private String bindList(String type, Collection<String> written) {
    return bind(
        "Array(%s)".formatted(type), written.stream().collect(Collectors.joining(",", "[", "]")));
  }

  /// As ClickHouse reads a text in an array.
  private static String quoted(String text) {
    return text.replace("\\", "\\\\")
        .replace("'", "\\'")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replace("\0", "\\0")
        .transform("'%s'"::formatted);
  }

  private String next(String type, String value) {
    String name = "p" + values.size();
    values.put(name, value);
    return "{" + name + ":" + type + "}";
  }

  /// Value by the parameter's name.
  public Map<String, String> values() {
    return values;
  }
}
