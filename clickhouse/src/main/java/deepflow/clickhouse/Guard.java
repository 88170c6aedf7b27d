package deepflow.clickhouse;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// Lets only harmless statements of users pass. Neither guard of the engine is enough:
///
/// - `readonly=1` allows INTO OUTFILE, KILL and SYSTEM; the classifier sees those.
/// - The classifier calls `FROM file(…)` a read; readonly=1 stops table functions that read
///   outside.
/// - Both let the function `file('/etc/passwd')` through: there are no grants in the embedded
///   engine.
///
/// - `DESCRIBE url(…)` goes to the network in spite of readonly=1, and no timeout ends it.
///
/// A server refuses more of these by itself, if its version and its user's grants are as we think;
/// nothing here rests on that, and it has no classifier to ask. So a statement must begin with a
/// word that reads, what is described must be a table or a query, and the names of such functions
/// are refused wherever they stand as identifiers (a function may be named without parentheses, as
/// in `arrayMap(file, x)`). They are looked for in the text as the engine itself writes it after
/// parsing, without comments and with one kind of quotes.
///
/// Tried with libchdb 26.7.3.
final class Guard {
  /// In lower case. `eval` runs a text as a query.
  private static final Set<String> FORBIDDEN =
      Set.of(
          "file",
          "eval",
          "catboostevaluate",
          "generateserialid",
          "aiclassify",
          "aiembed",
          "aiextract",
          "aigenerate",
          "aitranslate");

  private static final Pattern IDENTIFIER_PARAMETER =
      Pattern.compile("\\{\\s*[A-Za-z0-9_]+\\s*:\\s*Identifier\\s*}");

  private static final Pattern TABLE_FUNCTION_OUTSIDE_SELECT =
      Pattern.compile(
          "^\\s*(DESC|DESCRIBE|EXISTS|CHECK|SHOW|EXPLAIN\\s+TABLE\\s+OVERRIDE)\\b(?!\\s*(TABLE\\s*)?\\(\\s*SELECT\\b)[^'(]*\\(",
          Pattern.DOTALL);

  private static final Pattern READING =
      Pattern.compile("^[\\s(]*(SELECT|WITH|SHOW|DESC|DESCRIBE|EXPLAIN|EXISTS|CHECK)\\b");

  private static final Pattern WRITING =
      Pattern.compile("\\b(INTO\\s+OUTFILE|PARALLEL\\s+WITH)\\b");

  private Guard() {}

  /// Refuses what a user may not run. More than one statement does not parse.
  static void check(String sql, Formatter formatter) throws ClickHouseException {
    String canonical = canonical(sql, formatter);
    if (!READING.matcher(canonical).find() || WRITING.matcher(withoutTexts(canonical)).find()) {
      throw EngineError.refused("only statements that read are allowed here");
    }
    if (IDENTIFIER_PARAMETER.matcher(canonical).find()) {
      throw EngineError.refused("parameters of type Identifier are not allowed here");
    }
    if (TABLE_FUNCTION_OUTSIDE_SELECT.matcher(canonical).find()) {
      throw EngineError.refused("only tables and queries can be described here");
    }
    checkNames(canonical);
  }

  /// Fails with the engine's own words when the text does not parse.
  private static String canonical(String sql, Formatter formatter) throws ClickHouseException {
    try {
      return formatter.format(Query.of("SELECT formatQuerySingleLine({q:String})").with("q", sql));
    } catch (ClickHouseException e) {
      throw new ClickHouseException(e.kind(), e.code(), withoutOurPart(e));
    }
  }

  private static String withoutOurPart(ClickHouseException e) {
    String text = String.valueOf(e.getMessage());
    int ours = text.indexOf(": In scope SELECT formatQuerySingleLine(");
    return ours < 0 ? text : text.substring(0, ours);
  }

  private static String withoutTexts(String canonical) {
    var rest = new StringBuilder();
    int at = 0;
    while (at < canonical.length()) {
      int end = end(canonical, at);
      boolean quoted = "'`\"".indexOf(canonical.charAt(at)) >= 0;
      rest.append(quoted ? "''" : canonical.substring(at, end));
      at = end;
    }
    return rest.toString();
  }

  /// Looks at each identifier, bare or quoted, and passes over the texts. By hand, since a regular
  /// expression would recurse over a long text.
  static void checkNames(String canonical) throws ClickHouseException {
    int at = 0;
    while (at < canonical.length()) {
      char first = canonical.charAt(at);
      int end = end(canonical, at);
      if (first == '`' || first == '"') {
        checkName(canonical.substring(at + 1, Math.max(at + 1, end - 1)));
      } else if (first != '\'') {
        checkName(canonical.substring(at, end));
      }
      at = end;
    }
  }

  private static int end(String sql, int start) {
    char first = sql.charAt(start);
    if (first == '\'' || first == '`' || first == '"') {
      return endOfQuoted(sql, start);
    }
    int end = start + 1;
    while (isWord(first) && end < sql.length() && isWord(sql.charAt(end))) {
      end++;
    }
    return end;
  }

  private static int endOfQuoted(String sql, int start) {
    int at = start + 1;
    while (at < sql.length() && sql.charAt(at) != sql.charAt(start)) {
      at += sql.charAt(at) == '\\' ? 2 : 1;
    }
    return Math.min(at + 1, sql.length());
  }

  private static boolean isWord(char letter) {
    return Character.isLetterOrDigit(letter) || letter == '_' || letter == '$';
  }

  private static void checkName(String name) throws ClickHouseException {
    if (FORBIDDEN.contains(name.toLowerCase(Locale.ROOT))) {
      throw EngineError.refused("the name '%s' is not allowed here".formatted(name));
    }
  }

  /// Asks the engine for the text that a query gives.
  @FunctionalInterface
  interface Formatter {
    /// Errors in the query are the user's.
    String format(Query query) throws ClickHouseException;
  }
}
