package deepflow.server.controller.kubernetes;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Names with `*` for anything.
final class Patterns {
  private Patterns() {}

  /// Whether a name is one of these; none is when there are none.
  static Predicate<String> any(List<String> patterns) {
    String alternatives =
        patterns.stream()
            .map(pattern -> Pattern.quote(pattern).replace("*", "\\E.*\\Q"))
            .collect(Collectors.joining("|"));
    return patterns.isEmpty() ? _ -> false : Pattern.compile(alternatives).asMatchPredicate();
  }
}
