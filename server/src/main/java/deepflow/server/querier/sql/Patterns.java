package deepflow.server.querier.sql;

/// Patterns of conditions.
final class Patterns {

  private Patterns() {}

  /// DeepFlow's LIKE has `*` for any text and no other wildcard; ClickHouse's has `%` and `_`.
  static String like(String pattern) {
    StringBuilder like = new StringBuilder(pattern.length() + 8);
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      switch (c) {
        case '*' -> like.append('%');
        case '%', '_', '\\' -> like.append('\\').append(c);
        default -> like.append(c);
      }
    }
    return like.toString();
  }

  static boolean isHex(String text) {
    return text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
  }
}
