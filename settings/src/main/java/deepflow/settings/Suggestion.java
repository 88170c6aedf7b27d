package deepflow.settings;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Names the known name that a user probably meant.
final class Suggestion {

  private static final int DISTANCE_MAX = 3;

  /// Less than what lies between the variables of two programs, which one environment may have.
  private static final int VARIABLES_DISTANCE_MAX = 2;

  private Suggestion() {}

  static String unknown(String what, String name, List<String> known) {
    String bare = name.contains("=") ? name.substring(0, name.indexOf('=')) : name;
    return "unknown %s '%s'%s"
        .formatted(
            what,
            name,
            nearest(bare, known, DISTANCE_MAX)
                .map(n -> ": did you mean '" + n + "'?")
                .orElse(": see --help"));
  }

  static Optional<String> variable(String name, List<String> known) {
    return nearest(name, known, VARIABLES_DISTANCE_MAX);
  }

  private static Optional<String> nearest(String name, List<String> known, int distanceMax) {
    return known.stream()
        .filter(candidate -> distance(name, candidate) <= distanceMax)
        .min(Comparator.comparingInt(candidate -> distance(name, candidate)));
  }

  /// Levenshtein's distance: insertions, deletions and replacements of one character.
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
