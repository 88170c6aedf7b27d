package deepflow.server.querier.search;

import java.util.ArrayList;
import java.util.List;

/// Cuts a condition into [Token]s.
final class Lexer {

  /// What ends a name that isn't quoted.
  private static final String NAME_ENDS = "{}()=~!<>&|^,\"`'";

  private final String text;
  private int at;

  private Lexer(String text) {
    this.text = text;
  }

  static List<Token> tokens(String text) {
    Lexer lexer = new Lexer(text);
    List<Token> tokens = new ArrayList<>();
    do {
      tokens.add(lexer.next());
    } while (tokens.getLast().kind() != Token.Kind.END);
    return tokens;
  }

  private Token next() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    if (at == text.length()) {
      return new Token(Token.Kind.END, "", at + 1);
    }
    int start = at;
    char first = text.charAt(at);
    if (first == '"') {
      return new Token(Token.Kind.TEXT, quoted(), start + 1);
    }
    if (first == '`') {
      return new Token(Token.Kind.TEXT, raw(), start + 1);
    }
    if (isDigit(first) || (first == '-' && isDigit(peek(1)))) {
      return number();
    }
    if (first == '.' || first == '_' || Character.isLetter(first)) {
      return word();
    }
    return symbol();
  }

  /// A name; parts of it may stand in double quotes: `span."my key".x`.
  private Token word() {
    int start = at;
    StringBuilder name = new StringBuilder();
    while (at < text.length() && isNamePart(text.charAt(at))) {
      name.append(text.charAt(at++));
      if (name.charAt(name.length() - 1) == '.' && peek(0) == '"') {
        name.append(quoted());
      }
    }
    return new Token(Token.Kind.WORD, name.toString(), start + 1);
  }

  private static boolean isNamePart(char c) {
    return NAME_ENDS.indexOf(c) < 0 && !Character.isWhitespace(c);
  }

  private Token number() {
    int start = at++;
    while (isDigit(peek(0)) || peek(0) == '.' || isExponentSign() || isLetter(peek(0))) {
      at++;
    }
    return new Token(Token.Kind.NUMBER, text.substring(start, at), start + 1);
  }

  private boolean isExponentSign() {
    char before = text.charAt(at - 1);
    return (peek(0) == '-' || peek(0) == '+')
        && (before == 'e' || before == 'E')
        && isDigit(peek(1));
  }

  private String quoted() {
    int start = at++;
    StringBuilder content = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return content.toString();
      }
      content.append(c == '\\' ? escaped() : c);
    }
    throw SearchException.at(start + 1, "a quote is never closed", "");
  }

  private char escaped() {
    char c = peek(0);
    at++;
    return switch (c) {
      case '"', '\\', '\'' -> c;
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      default ->
          throw SearchException.at(
              at - 1,
              "an unknown escape",
              "in double quotes write \\\\ for a backslash, or put the text between back quotes");
    };
  }

  /// Between back quotes nothing is special.
  private String raw() {
    int start = at;
    int end = text.indexOf('`', start + 1);
    if (end < 0) {
      throw SearchException.at(start + 1, "a back quote is never closed", "");
    }
    at = end + 1;
    return text.substring(start + 1, end);
  }

  private Token symbol() {
    for (String symbol : Token.SYMBOLS) {
      if (text.startsWith(symbol, at)) {
        at += symbol.length();
        return new Token(Token.Kind.SYMBOL, symbol, at - symbol.length() + 1);
      }
    }
    throw SearchException.at(
        at + 1,
        "unexpected '%s'".formatted(Character.toString(text.codePointAt(at))),
        "texts stand in double quotes");
  }

  /// The character that is so far ahead; 0 after the end.
  private char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : 0;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(char c) {
    return Character.isLetter(c);
  }
}
