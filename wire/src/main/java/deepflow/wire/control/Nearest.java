package deepflow.wire.control;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Finds the name that was probably meant.
final class Nearest {
  /// Letters that may be wrong.
  private static final int DISTANCE_MAX = 3;

  private Nearest() {}

  /// The known name that differs least; null when all differ in more than a few letters.
  static @Nullable String of(String name, Collection<String> known) {
    String nearest = null;
    int least = DISTANCE_MAX + 1;
    for (String candidate : known) {
      int distance = distance(name, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  /// Letters to be inserted, removed or changed.
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > DISTANCE_MAX) {
      return DISTANCE_MAX + 1;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
