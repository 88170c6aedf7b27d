package deepflow.server.querier.sql;

import java.util.ArrayList;
import java.util.List;

/// Cuts a statement into [Token]s. Comments are no part of the dialect.
final class Lexer {

  private static final List<String> SYMBOLS =
      List.of("!=", "<>", ">=", "<=", "=", ">", "<", "(", ")", ",", "+", "-", "*", "/", ";");

  private final String sql;
  private int at;

  private Lexer(String sql) {
    this.sql = sql;
  }

  static List<Token> tokens(String sql) throws SqlException {
    Lexer lexer = new Lexer(sql);
    List<Token> tokens = new ArrayList<>();
    do {
      tokens.add(lexer.next());
    } while (tokens.getLast().kind() != Token.Kind.END);
    return tokens;
  }

  private Token next() throws SqlException {
    while (at < sql.length() && isSpace(sql.charAt(at))) {
      at++;
    }
    if (at == sql.length()) {
      return new Token(Token.Kind.END, "", at + 1);
    }
    char first = sql.charAt(at);
    if (first == '`') {
      return quotedName();
    }
    if (first == '\'' || first == '"') {
      return text(first);
    }
    if (isDigit(first) || (first == '.' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1)))) {
      return number();
    }
    return isWordStart(first) ? word() : symbol();
  }

  private Token word() {
    int start = at;
    while (at < sql.length() && isWordPart(sql.charAt(at))) {
      at++;
    }
    return new Token(Token.Kind.WORD, sql.substring(start, at), start + 1);
  }

  private Token number() throws SqlException {
    int start = at;
    digits();
    if (at < sql.length() && sql.charAt(at) == '.') {
      at++;
      digits();
    }
    exponent();
    if (at < sql.length() && isWordPart(sql.charAt(at))) {
      throw new SqlException("bad number '%s'".formatted(sql.substring(start, at + 1)), start + 1);
    }
    return new Token(Token.Kind.NUMBER, sql.substring(start, at), start + 1);
  }

  private void exponent() {
    if (at < sql.length() && (sql.charAt(at) == 'e' || sql.charAt(at) == 'E')) {
      int before = at;
      at++;
      if (at < sql.length() && (sql.charAt(at) == '+' || sql.charAt(at) == '-')) {
        at++;
      }
      int digits = at;
      digits();
      at = at == digits ? before : at;
    }
  }

  private void digits() {
    while (at < sql.length() && isDigit(sql.charAt(at))) {
      at++;
    }
  }

  private Token quotedName() throws SqlException {
    int start = at;
    int end = sql.indexOf('`', start + 1);
    if (end < 0) {
      throw new SqlException("a back quote is never closed", start + 1);
    }
    if (end == start + 1) {
      throw new SqlException("an empty name", start + 1);
    }
    at = end + 1;
    return new Token(Token.Kind.QUOTED_NAME, sql.substring(start + 1, end), start + 1);
  }

  private Token text(char quote) throws SqlException {
    int start = at;
    StringBuilder text = new StringBuilder();
    at++;
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (c == '\\' && at < sql.length()) {
        unescape(sql.charAt(at++), text);
      } else if (c != quote) {
        text.append(c);
      } else if (at < sql.length() && sql.charAt(at) == quote) {
        at++;
        text.append(quote);
      } else {
        return new Token(Token.Kind.TEXT, text.toString(), start + 1);
      }
    }
    throw new SqlException("a quote is never closed", start + 1);
  }

  /// Unknown escapes keep their backslash, so that `'\d+'` is the pattern it looks like.
  private static void unescape(char escaped, StringBuilder text) {
    switch (escaped) {
      case '\'', '"', '\\' -> text.append(escaped);
      case 'n' -> text.append('\n');
      case 't' -> text.append('\t');
      case 'r' -> text.append('\r');
      default -> text.append('\\').append(escaped);
    }
  }

  private Token symbol() throws SqlException {
    for (String symbol : SYMBOLS) {
      if (sql.startsWith(symbol, at)) {
        at += symbol.length();
        return new Token(Token.Kind.SYMBOL, symbol, at - symbol.length() + 1);
      }
    }
    String found = Character.toString(sql.codePointAt(at));
    throw new SqlException("unexpected '%s'".formatted(found), at + 1);
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isWordStart(char c) {
    return c == '_' || Character.isLetter(c);
  }

  private static boolean isWordPart(char c) {
    return isWordStart(c) || isDigit(c) || c == '.';
  }
}
