package deepflow.server.querier;

import java.util.List;
import java.util.Map;

/// What stands behind the `?` of a question.
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
