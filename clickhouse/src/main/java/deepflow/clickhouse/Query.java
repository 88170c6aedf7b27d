package deepflow.clickhouse;

import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// One statement with all that belongs to it.
///
/// @param sql one statement; values stand in it as `{name:Type}`
/// @param parameters value of each `{name:Type}` as plain text; the engine never parses it as SQL.
///   An array or map is written as ClickHouse writes it, e.g. `['a','b']`
/// @param settings query settings such as `max_execution_time`, for this statement only
/// @param untrusted the text comes from a user: it must be one reading statement, and it runs where
///   nothing can be written and no file, URL or other server can be read
public record Query(
    String sql, Map<String, String> parameters, Map<String, String> settings, boolean untrusted) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  /// Checks the names and copies the maps.
  public Query {
    requireNonNull(sql, "sql");
    parameters = Map.copyOf(parameters);
    settings = Map.copyOf(settings);
    parameters.keySet().forEach(Query::requireName);
    settings.keySet().forEach(Query::requireName);
  }

  /// A statement of ours, without parameters.
  public static Query of(String sql) {
    return new Query(sql, Map.of(), Map.of(), false);
  }

  /// A statement that a user wrote.
  public static Query untrusted(String sql) {
    return new Query(sql, Map.of(), Map.of(), true);
  }

  /// The same statement with one more parameter.
  public Query with(String name, String value) {
    return new Query(sql, plus(parameters, name, value), settings, untrusted);
  }

  /// The same statement with one more parameter.
  public Query with(String name, long value) {
    return with(name, Long.toString(value));
  }

  /// The same statement with one more parameter, of type `Array(String)`.
  public Query with(String name, Collection<String> values) {
    return with(name, values.stream().map(Query::quote).collect(Collectors.joining(",", "[", "]")));
  }

  /// The same statement with one more setting.
  public Query setting(String name, String value) {
    return new Query(sql, parameters, plus(settings, name, value), untrusted);
  }

  /// The same statement with one more setting.
  public Query setting(String name, long value) {
    return setting(name, Long.toString(value));
  }

  private static Map<String, String> plus(Map<String, String> map, String name, String value) {
    var more = new LinkedHashMap<>(map);
    more.put(name, value);
    return more;
  }

  private static String quote(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0") + "'";
  }

  private static void requireName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'%s' is not a name".formatted(name));
    }
  }
}
