package deepflow.server.querier.sql;

import java.util.Locale;

/// One word of a statement.
///
/// @param text what it means: quotes removed, escapes resolved
/// @param position of its first character; the statement's first is 1
record Token(Kind kind, String text, int position) {

  enum Kind {
    /// A bare word: a name or a keyword.
    WORD,
    /// A name in back quotes, which is never a keyword.
    QUOTED_NAME,
    TEXT,
    NUMBER,
    SYMBOL,
    END
  }

  boolean isKeyword(String keyword) {
    return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
  }

  boolean isSymbol(String symbol) {
    return kind == Kind.SYMBOL && text.equals(symbol);
  }

  boolean isName() {
    return kind == Kind.QUOTED_NAME
        || (kind == Kind.WORD && !Parser.KEYWORDS.contains(text.toUpperCase(Locale.ROOT)));
  }

  /// As an error shows it.
  String shown() {
    return kind == Kind.END ? "the end of the statement" : "'" + text + "'";
  }
}
