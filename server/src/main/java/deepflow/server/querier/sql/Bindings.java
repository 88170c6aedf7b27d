package deepflow.server.querier.sql;

import java.util.LinkedHashMap;
import java.util.Map;

/// The values of a statement, each bound to a parameter; equal values share one, so that an
/// expression in SELECT and the same in GROUP BY read alike.
final class Bindings {

  private final Map<String, String> placeholders = new LinkedHashMap<>();
  private final Map<String, String> values = new LinkedHashMap<>();

  /// Binds a value.
  ///
  /// @param type a ClickHouse type
  /// @return what stands in the SQL, such as `{p0:String}`
  String bind(String type, String value) {
    return placeholders.computeIfAbsent(type + ' ' + value, _ -> next(type, value));
  }

  private String next(String type, String value) {
    String name = "p" + values.size();
    values.put(name, value);
    return "{" + name + ":" + type + "}";
  }

  /// Value by the parameter's name.
  Map<String, String> values() {
    return values;
  }
}
