package deepflow.server.querier.search;

import java.util.List;

/// One word of a condition.
///
/// @param text what it means: quotes removed, escapes resolved
/// @param position of its first character; the text's first is 1
record Token(Kind kind, String text, int position) {

  enum Kind {
    /// A name or a keyword: `span.http.route`, `duration`, `error`.
    WORD,
    TEXT,
    /// A number, perhaps with a unit: `5`, `-1.5`, `100ms`, `1h30m`.
    NUMBER,
    SYMBOL,
    END
  }

  /// Longer ones first.
  static final List<String> SYMBOLS =
      List.of(
          "&&", "||", "!=", "!~", "=~", ">=", "<=", ">>", "<<", "=", ">", "<", "{", "}", "(", ")",
          "!", "|", "&", "~", "^", ",", "+", "*", "/", "%");

  boolean isSymbol(String symbol) {
    return kind == Kind.SYMBOL && text.equals(symbol);
  }

  /// As an error shows it.
  String shown() {
    return kind == Kind.END ? "the end" : "'" + text + "'";
  }
}
