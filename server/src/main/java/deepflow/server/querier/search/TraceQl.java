package deepflow.server.querier.search;

import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the part of TraceQL that asks for one span:
///
/// ```
/// query      = [ "{" [ condition ] "}" ]
/// condition  = unary { ( "&&" | "||" ) unary }
/// unary      = [ "!" ] "(" condition ")" | comparison | "true" | "false"
/// comparison = field ( "=" | "!=" | ">" | ">=" | "<" | "<=" | "=~" | "!~" ) value
/// ```
///
/// Of `&&` and `||` the one that stands first binds first, as in Tempo (`pkg/traceql/expr.y`).
///
/// Fields are attributes (`.key`, `span.key`, `resource.key`; other signs in a key stand in quotes:
/// `span."my key"`) and intrinsics ([#INTRINSICS]). Values are texts in double quotes (with
/// backslashes) or back quotes, numbers, durations, `true`, `false`, `nil`, and the names of
/// statuses and kinds.
///
/// Limits: [#CHARACTERS_MAX] characters, [#COMPARISONS_MAX] comparisons, `true` and `false`
/// included, nested [#DEPTH_MAX] deep.
public final class TraceQl {

  static final int CHARACTERS_MAX = 8 * 1024;
  static final int COMPARISONS_MAX = 64;
  static final int DEPTH_MAX = 50;

  /// The intrinsics by each of their names.
  static final Map<String, Intrinsic> INTRINSICS =
      Map.ofEntries(
          Map.entry("name", Intrinsic.NAME),
          Map.entry("span:name", Intrinsic.NAME),
          Map.entry("status", Intrinsic.STATUS),
          Map.entry("span:status", Intrinsic.STATUS),
          Map.entry("statusMessage", Intrinsic.STATUS_MESSAGE),
          Map.entry("span:statusMessage", Intrinsic.STATUS_MESSAGE),
          Map.entry("kind", Intrinsic.KIND),
          Map.entry("span:kind", Intrinsic.KIND),
          Map.entry("duration", Intrinsic.DURATION),
          Map.entry("span:duration", Intrinsic.DURATION),
          Map.entry("span:id", Intrinsic.SPAN_ID),
          Map.entry("span:parentID", Intrinsic.PARENT_ID),
          Map.entry("trace:id", Intrinsic.TRACE_ID),
          Map.entry("event:name", Intrinsic.EVENT_NAME),
          Map.entry("instrumentation:name", Intrinsic.INSTRUMENTATION_NAME),
          Map.entry("instrumentation:version", Intrinsic.INSTRUMENTATION_VERSION),
          Map.entry("traceDuration", Intrinsic.TRACE_DURATION),
          Map.entry("trace:duration", Intrinsic.TRACE_DURATION),
          Map.entry("rootName", Intrinsic.ROOT_NAME),
          Map.entry("trace:rootName", Intrinsic.ROOT_NAME),
          Map.entry("rootServiceName", Intrinsic.ROOT_SERVICE),
          Map.entry("trace:rootService", Intrinsic.ROOT_SERVICE));

  private static final Map<String, Value> WORDS =
      Map.ofEntries(
          Map.entry("true", new Value.Truth(true)),
          Map.entry("false", new Value.Truth(false)),
          Map.entry("nil", Value.Nil.NIL),
          Map.entry("unset", Value.Status.UNSET),
          Map.entry("ok", Value.Status.OK),
          Map.entry("error", Value.Status.ERROR),
          Map.entry("unspecified", Value.Kind.UNSPECIFIED),
          Map.entry("internal", Value.Kind.INTERNAL),
          Map.entry("server", Value.Kind.SERVER),
          Map.entry("client", Value.Kind.CLIENT),
          Map.entry("producer", Value.Kind.PRODUCER),
          Map.entry("consumer", Value.Kind.CONSUMER));

  private final List<Token> tokens;
  private int at;
  private int depth;
  private int comparisons;

  private TraceQl(List<Token> tokens) {
    this.tokens = tokens;
  }

  /// Reads a query.
  ///
  /// @return [SpanCondition#ANY] when it is empty or `{}`
  /// @throws SearchException when it is none, or more than is answered here; says where
  public static SpanCondition parse(String text) {
    if (text.length() > CHARACTERS_MAX) {
      throw SearchException.at(
          CHARACTERS_MAX + 1, "more than %s characters".formatted(CHARACTERS_MAX), "");
    }
    return new TraceQl(Lexer.tokens(text)).query();
  }

  /// Reads the name of a field, such as `span.http.route`, `span."my key"` or `status`.
  ///
  /// @throws SearchException when no field is called so
  public static Field field(String name) {
    if (name.indexOf('"') < 0) {
      return field(name, 1);
    }
    List<Token> tokens = Lexer.tokens(name);
    return field(tokens.size() == 2 ? tokens.getFirst().text() : name, 1);
  }

  private SpanCondition query() {
    if (current().kind() == Token.Kind.END) {
      return SpanCondition.ANY;
    }
    expect("{");
    SpanCondition condition = current().isSymbol("}") ? SpanCondition.ANY : condition();
    if (!take("}")) {
      throw unexpected("&&, || or }");
    }
    if (current().kind() != Token.Kind.END) {
      throw SearchException.at(
          current().position(),
          "expected the end, found " + current().shown(),
          "pipelines, structure and several { } are not there yet: put all conditions on a span"
              + " into one { … && … }");
    }
    return condition;
  }

  private SpanCondition condition() {
    SpanCondition left = unary();
    while (true) {
      if (current().isSymbol("&&")) {
        left = new SpanCondition.And(operands(left, "&&"));
      } else if (current().isSymbol("||")) {
        left = new SpanCondition.Or(operands(left, "||"));
      } else {
        return left;
      }
    }
  }

  private List<SpanCondition> operands(SpanCondition first, String operator) {
    List<SpanCondition> operands = new ArrayList<>(List.of(first));
    while (take(operator)) {
      operands.add(unary());
    }
    return operands;
  }

  private SpanCondition unary() {
    if (take("!")) {
      if (!current().isSymbol("(")) {
        throw unexpected("(");
      }
      return new SpanCondition.Not(nested());
    }
    if (current().isSymbol("(")) {
      return nested();
    }
    Token token = current();
    if (token.kind() == Token.Kind.WORD && WORDS.get(token.text()) instanceof Value.Truth truth) {
      count(token);
      return truth.truth() ? SpanCondition.ANY : new SpanCondition.Not(SpanCondition.ANY);
    }
    return comparison();
  }

  private SpanCondition nested() {
    if (++depth > DEPTH_MAX) {
      throw SearchException.at(
          current().position(), "nested deeper than %s".formatted(DEPTH_MAX), "");
    }
    expect("(");
    SpanCondition inner = condition();
    if (!take(")")) {
      throw unexpected("&&, || or )");
    }
    depth--;
    return inner;
  }

  private SpanCondition comparison() {
    Token name = current();
    if (name.kind() != Token.Kind.WORD) {
      throw unexpected("a field such as name, .key, span.key or resource.key");
    }
    count(name);
    Field field = field(name.text(), name.position());
    Operator operator = operator();
    Value value = value();
    try {
      return new SpanCondition.Comparison(serviceOr(field, value), operator, value);
    } catch (SearchException e) {
      throw SearchException.at(name.position(), String.valueOf(e.getMessage()), e.hint());
    }
  }

  private void count(Token token) {
    if (++comparisons > COMPARISONS_MAX) {
      throw SearchException.at(
          token.position(), "more than %s comparisons".formatted(COMPARISONS_MAX), "");
    }
    at++;
  }

  private static Field field(String name, int position) {
    Intrinsic intrinsic = INTRINSICS.get(name);
    if (intrinsic != null) {
      return intrinsic;
    }
    for (Scope scope : Scope.values()) {
      if (name.startsWith(scope.prefix()) && name.length() > scope.prefix().length()) {
        return new Attribute(scope, name.substring(scope.prefix().length()));
      }
    }
    throw SearchException.at(
        position,
        "no field is called '%s'".formatted(name),
        "attributes begin with a dot, span. or resource.; the other fields are "
            + String.join(", ", INTRINSICS.keySet().stream().sorted().toList()));
  }

  /// A service's name has a column of its own, which is cheaper than the attribute.
  private static Field serviceOr(Field field, Value value) {
    boolean service = field.equals(new Attribute(Scope.RESOURCE, "service.name"));
    return service && (value instanceof Value.Text || value == Value.Nil.NIL)
        ? Intrinsic.SERVICE
        : field;
  }

  private Operator operator() {
    for (Operator operator : Operator.values()) {
      if (take(operator.sign())) {
        return operator;
      }
    }
    throw unexpected("one of = != > >= < <= =~ !~");
  }

  private Value value() {
    Token token = current();
    Optional<Value> value =
        switch (token.kind()) {
          case TEXT -> Optional.of(new Value.Text(token.text()));
          case NUMBER -> Numerals.value(token.text());
          case WORD -> Optional.ofNullable(WORDS.get(token.text()));
          case SYMBOL, END -> Optional.empty();
        };
    if (value.isPresent()) {
      at++;
      return value.get();
    }
    if (token.kind() == Token.Kind.NUMBER) {
      throw SearchException.at(
          token.position(),
          "bad number %s".formatted(token.shown()),
          "durations have the units ns, us, ms, s, m, h");
    }
    throw SearchException.at(
        token.position(),
        "expected a value, found " + token.shown(),
        "texts stand in double quotes");
  }

  private Token current() {
    return tokens.get(at);
  }

  private boolean take(String symbol) {
    boolean found = current().isSymbol(symbol);
    at += found ? 1 : 0;
    return found;
  }

  private void expect(String symbol) {
    if (!take(symbol)) {
      throw unexpected(symbol);
    }
  }

  private SearchException unexpected(String wanted) {
    return SearchException.at(
        current().position(), "expected %s, found %s".formatted(wanted, current().shown()), "");
  }
}
