package deepflow.server.querier.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads one statement:
///
/// ```
/// SELECT item, … FROM table [WHERE condition] [GROUP BY expression, …] [HAVING condition]
///   [ORDER BY expression [ASC|DESC], …] [LIMIT n [OFFSET m] | LIMIT m, n] [;]
/// SHOW DATABASES | TABLES [FROM database] | TAGS [FROM table] | METRICS [FROM table]
///   | METRICS FUNCTIONS | TAG name VALUES [FROM table] | LANGUAGE
///   [WHERE condition] [LIMIT n [OFFSET m] | LIMIT m, n] [;]
/// ```
///
/// Keywords in any case. Names with dots, dashes or other signs stand in back quotes, texts in
/// single (or double) quotes. Limits: [#CHARACTERS_MAX] characters, nested [#DEPTH_MAX] deep.
final class Parser {

  static final int CHARACTERS_MAX = 256 * 1024;
  static final int DEPTH_MAX = 100;

  static final Set<String> KEYWORDS =
      Set.of(
          "SELECT", "FROM", "WHERE", "GROUP", "BY", "HAVING", "ORDER", "ASC", "DESC", "LIMIT",
          "OFFSET", "AS", "AND", "OR", "NOT", "IN", "LIKE", "REGEXP", "SLIMIT", "SORDER", "WITH",
          "JOIN", "UNION", "SHOW", "BETWEEN");

  private final List<Token> tokens;
  private int at;
  private int depth;

  private Parser(List<Token> tokens) {
    this.tokens = tokens;
  }

  /// Reads it.
  ///
  /// @throws SqlException when it is no statement of the dialect
  static Statement parse(String sql) throws SqlException {
    if (sql.length() > CHARACTERS_MAX) {
      throw new SqlException(
          "the statement is longer than %s characters".formatted(CHARACTERS_MAX), CHARACTERS_MAX);
    }
    return new Parser(Lexer.tokens(sql)).statement();
  }

  private Statement statement() throws SqlException {
    if (current().kind() == Token.Kind.END) {
      throw new SqlException("an empty statement", 1);
    }
    if (!current().isKeyword("SELECT") && !current().isKeyword("SHOW")) {
      throw unexpected("SELECT or SHOW");
    }
    Statement statement = takeKeyword("SHOW") ? show() : select();
    takeSymbol(";");
    if (current().kind() != Token.Kind.END) {
      throw unexpected("the end of the statement");
    }
    return statement;
  }

  private Statement show() throws SqlException {
    if (takeKeyword("DATABASES")) {
      return new Statement.ShowDatabases(filter());
    }
    if (takeKeyword("TABLES")) {
      return new Statement.ShowTables(from("a database"), filter());
    }
    if (takeKeyword("TAGS")) {
      return new Statement.ShowTags(from("a table"), filter());
    }
    if (takeKeyword("TAG")) {
      Expression.Name tag = name("a tag");
      expectKeyword("VALUES");
      return new Statement.ShowTagValues(tag, from("a table"), filter());
    }
    if (takeKeyword("LANGUAGE")) {
      return new Statement.ShowLanguage(filter());
    }
    return showMetrics();
  }

  /// `METRICS`, or `METRICS FUNCTIONS` with or without either S.
  private Statement showMetrics() throws SqlException {
    boolean one = takeKeyword("METRIC");
    if (!one && !takeKeyword("METRICS")) {
      throw unexpected("DATABASES, TABLES, TAGS, METRICS, TAG or LANGUAGE");
    }
    if (takeKeyword("FUNCTIONS") || takeKeyword("FUNCTION")) {
      return new Statement.ShowFunctions(filter());
    }
    if (one) {
      throw unexpected("FUNCTIONS");
    }
    return new Statement.ShowMetrics(from("a table"), filter());
  }

  private Expression.@Nullable Name from(String wanted) throws SqlException {
    return takeKeyword("FROM") ? name(wanted) : null;
  }

  private Statement.Filter filter() throws SqlException {
    int position = current().position();
    @Nullable Expression where = takeKeyword("WHERE") ? condition() : null;
    Limits limits = limits();
    return new Statement.Filter(where, limits.limit(), limits.offset(), position);
  }

  private Statement select() throws SqlException {
    expectKeyword("SELECT");
    List<Statement.Item> items = items();
    expectKeyword("FROM");
    Expression.Name table = name("a table");
    @Nullable Expression where = takeKeyword("WHERE") ? condition() : null;
    List<Expression> groupBy = takeKeywords("GROUP", "BY") ? expressions() : List.of();
    @Nullable Expression having = takeKeyword("HAVING") ? condition() : null;
    List<Statement.Order> orderBy = takeKeywords("ORDER", "BY") ? orders() : List.of();
    Limits limits = limits();
    return new Statement.Select(
        items, table, where, groupBy, having, orderBy, limits.limit(), limits.offset());
  }

  private List<Statement.Item> items() throws SqlException {
    List<Statement.Item> items = new ArrayList<>();
    do {
      Expression expression = sum();
      @Nullable String alias = null;
      if (takeKeyword("AS")) {
        alias = name("an alias").name();
      } else if (current().isName()) {
        alias = name("an alias").name();
      }
      items.add(new Statement.Item(expression, alias));
    } while (takeSymbol(","));
    return items;
  }

  private List<Expression> expressions() throws SqlException {
    List<Expression> expressions = new ArrayList<>();
    do {
      expressions.add(sum());
    } while (takeSymbol(","));
    return expressions;
  }

  private List<Statement.Order> orders() throws SqlException {
    List<Statement.Order> orders = new ArrayList<>();
    do {
      Expression expression = sum();
      boolean descending = takeKeyword("DESC");
      if (!descending) {
        takeKeyword("ASC");
      }
      orders.add(new Statement.Order(expression, descending));
    } while (takeSymbol(","));
    return orders;
  }

  private record Limits(@Nullable Long limit, long offset) {}

  private Limits limits() throws SqlException {
    if (!takeKeyword("LIMIT")) {
      return takeKeyword("OFFSET") ? new Limits(null, wholeNumber()) : new Limits(null, 0);
    }
    long first = wholeNumber();
    if (takeSymbol(",")) {
      return new Limits(wholeNumber(), first);
    }
    return new Limits(first, takeKeyword("OFFSET") ? wholeNumber() : 0);
  }

  private long wholeNumber() throws SqlException {
    Token token = current();
    if (token.kind() != Token.Kind.NUMBER) {
      throw unexpected("a number");
    }
    at++;
    try {
      return Long.parseLong(token.text());
    } catch (NumberFormatException _) {
      throw new SqlException(token.shown() + " is no whole number in range", token.position());
    }
  }

  private Expression condition() throws SqlException {
    Expression first = conjunction();
    if (!current().isKeyword("OR")) {
      return first;
    }
    int position = current().position();
    List<Expression> operands = new ArrayList<>(List.of(first));
    while (takeKeyword("OR")) {
      operands.add(conjunction());
    }
    return new Expression.Or(operands, position);
  }

  private Expression conjunction() throws SqlException {
    Expression first = negation();
    if (!current().isKeyword("AND")) {
      return first;
    }
    int position = current().position();
    List<Expression> operands = new ArrayList<>(List.of(first));
    while (takeKeyword("AND")) {
      operands.add(negation());
    }
    return new Expression.And(operands, position);
  }

  private Expression negation() throws SqlException {
    if (!current().isKeyword("NOT")) {
      return predicate();
    }
    int position = take().position();
    enter(position);
    Expression operand = negation();
    depth--;
    return new Expression.Not(operand, position);
  }

  private Expression predicate() throws SqlException {
    Expression left = sum();
    Token sign = current();
    @Nullable Operator operator = comparison(sign);
    if (operator != null) {
      at++;
      return new Expression.Comparison(left, operator, sum(), sign.position());
    }
    boolean negated = takeKeyword("NOT");
    if (takeKeyword("IN")) {
      return new Expression.In(left, negated, list(), sign.position());
    }
    if (takeKeyword("LIKE")) {
      Operator like = negated ? Operator.NOT_LIKE : Operator.LIKE;
      return new Expression.Comparison(left, like, sum(), sign.position());
    }
    if (takeKeyword("REGEXP")) {
      Operator regexp = negated ? Operator.NOT_REGEXP : Operator.REGEXP;
      return new Expression.Comparison(left, regexp, sum(), sign.position());
    }
    if (negated) {
      throw unexpected("IN, LIKE or REGEXP");
    }
    return left;
  }

  private static @Nullable Operator comparison(Token token) {
    if (token.kind() != Token.Kind.SYMBOL) {
      return null;
    }
    return switch (token.text()) {
      case "=" -> Operator.EQUAL;
      case "!=", "<>" -> Operator.NOT_EQUAL;
      case "<" -> Operator.LESS;
      case "<=" -> Operator.LESS_OR_EQUAL;
      case ">" -> Operator.GREATER;
      case ">=" -> Operator.GREATER_OR_EQUAL;
      default -> null;
    };
  }

  private List<Expression> list() throws SqlException {
    expectSymbol("(");
    List<Expression> values = expressions();
    expectSymbol(")");
    return values;
  }

  private Expression sum() throws SqlException {
    Expression left = product();
    for (int terms = 1; current().isSymbol("+") || current().isSymbol("-"); terms++) {
      Token sign = take();
      checkLength(terms, sign);
      left = new Expression.Arithmetic(left, sign.text(), product(), sign.position());
    }
    return left;
  }

  private Expression product() throws SqlException {
    Expression left = factor();
    for (int factors = 1; current().isSymbol("*") || current().isSymbol("/"); factors++) {
      Token sign = take();
      checkLength(factors, sign);
      left = new Expression.Arithmetic(left, sign.text(), factor(), sign.position());
    }
    return left;
  }

  /// A chain of signs becomes a tree as deep as the chain is long.
  private static void checkLength(int length, Token sign) throws SqlException {
    if (length > DEPTH_MAX) {
      throw new SqlException("more than %s terms".formatted(DEPTH_MAX), sign.position());
    }
  }

  private Expression factor() throws SqlException {
    Token token = current();
    if (token.isSymbol("-")) {
      at++;
      enter(token.position());
      Expression operand = factor();
      depth--;
      return new Expression.Negative(operand, token.position());
    }
    if (token.isSymbol("(")) {
      at++;
      enter(token.position());
      Expression inner = condition();
      depth--;
      expectSymbol(")");
      return inner;
    }
    if (token.kind() == Token.Kind.TEXT) {
      at++;
      return new Expression.Text(token.text(), token.position());
    }
    if (token.kind() == Token.Kind.NUMBER) {
      at++;
      return new Expression.Numeral(token.text(), token.position());
    }
    return nameOrCall();
  }

  private Expression nameOrCall() throws SqlException {
    boolean quoted = current().kind() == Token.Kind.QUOTED_NAME;
    Expression.Name name = name("a tag, a metric or a function");
    if (quoted || !takeSymbol("(")) {
      return name;
    }
    enter(name.position());
    List<Expression> arguments = current().isSymbol(")") ? List.of() : expressions();
    depth--;
    expectSymbol(")");
    return new Expression.Call(name.name(), arguments, name.position());
  }

  private Expression.Name name(String wanted) throws SqlException {
    if (!current().isName()) {
      throw unexpected(wanted);
    }
    Token token = take();
    return new Expression.Name(token.text(), token.position());
  }

  private void enter(int position) throws SqlException {
    if (++depth > DEPTH_MAX) {
      throw new SqlException("nested deeper than %s".formatted(DEPTH_MAX), position);
    }
  }

  private Token current() {
    return tokens.get(at);
  }

  private Token take() {
    return tokens.get(at++);
  }

  private boolean takeKeyword(String keyword) {
    if (!current().isKeyword(keyword)) {
      return false;
    }
    at++;
    return true;
  }

  private boolean takeKeywords(String first, String second) throws SqlException {
    if (!takeKeyword(first)) {
      return false;
    }
    expectKeyword(second);
    return true;
  }

  private boolean takeSymbol(String symbol) {
    if (!current().isSymbol(symbol)) {
      return false;
    }
    at++;
    return true;
  }

  private void expectKeyword(String keyword) throws SqlException {
    if (!takeKeyword(keyword)) {
      throw unexpected(keyword);
    }
  }

  private void expectSymbol(String symbol) throws SqlException {
    if (!takeSymbol(symbol)) {
      throw unexpected("'" + symbol + "'");
    }
  }

  private SqlException unexpected(String wanted) {
    return new SqlException(
        "expected %s, found %s".formatted(wanted, current().shown()), current().position());
  }
}
