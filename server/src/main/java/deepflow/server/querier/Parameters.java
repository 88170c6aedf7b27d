package deepflow.server.querier;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What is asked: what stands behind the `?` of a question, and in its path where that has names.
///
/// @param values of each name, in their order
public record Parameters(Map<String, List<String>> values) {

  /// The first value of a name, or the empty text.
  public String text(String name) {
    return texts(name).stream().findFirst().orElse("");
  }

  /// All values of a name.
  public List<String> texts(String name) {
    return values.getOrDefault(name, List.of());
  }

  /// The same with what stands in the path, which counts before what has its name behind the `?`.
  Parameters with(Map<String, String> path) {
    Map<String, List<String>> all = new HashMap<>(values);
    path.forEach((name, value) -> all.put(name, List.of(value)));
    return new Parameters(all);
  }

  /// How many there may be in an answer, from 1 on.
  ///
  /// @param otherwise what it is when it wasn't given
  public int limit(int otherwise, int max) {
    String value = text("limit");
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!value.matches("[1-9]\\d{0,8}") || Integer.parseInt(value) > max) {
      throw new RefusedException("limit must be a number from 1 to " + max);
    }
    return Integer.parseInt(value);
  }

  /// A time in ns since 1970-01-01 UTC.
  ///
  /// @param otherwise what it is when it wasn't given
  public long time(String name, long otherwise) {
    String value = text(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!value.matches("\\d{1,18}|[1-8]\\d{18}")) {
      throw new RefusedException(name + " must be ns since 1970-01-01 UTC");
    }
    return Long.parseLong(value);
  }
}
