package deepflow.server.querier.search;

import deepflow.clickhouse.Query;
import deepflow.server.querier.QueryLimits;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// The values of a statement, each bound to a parameter; equal ones share it.
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

  /// Binds a text.
  String text(String value) {
    return bind("String", value);
  }

  /// Binds a whole number.
  String number(long value) {
    return bind("Int64", Long.toString(value));
  }

  /// Binds texts of hexadecimal digits.
  String digits(Collection<String> values) {
    return bind(
        "Array(String)",
        values.stream().map("'%s'"::formatted).collect(Collectors.joining(",", "[", "]")));
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

  /// The statement with its values, within those limits.
  Query query(String sql, QueryLimits limits) {
    return new Query(
        sql,
        values,
        Map.of(
            "max_execution_time",
            Long.toString(Math.max(1, limits.time().toSeconds())),
            "max_memory_usage",
            Long.toString(limits.memoryBytesMax()),
            // else the last digit of a double can be off
            "precise_float_parsing",
            "1",
            // Our order is by cost; the engine's is by the size of columns, and puts a value's type
            // before the question whether it is there at all.
            "allow_reorder_prewhere_conditions",
            "0",
            // Attributes of a few thousand rows are worth a thread more.
            "merge_tree_min_rows_for_concurrent_read",
            "8192",
            "merge_tree_min_bytes_for_concurrent_read",
            "1"),
        false);
  }

  /// The same of a statement that reads little, a few traces or seconds: the older analyzer plans
  /// it in a millisecond less, and doesn't read parts of a Map only, which here would save nothing.
  Query lookUp(String sql, QueryLimits limits) {
    return query(sql, limits).setting("enable_analyzer", 0);
  }
}
