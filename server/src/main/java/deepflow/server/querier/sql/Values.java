package deepflow.server.querier.sql;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Turns what can stand in SELECT, GROUP BY, ORDER BY and HAVING into ClickHouse's expressions.
final class Values {

  /// One expression.
  ///
  /// @param metric whether it is a number to look at, else a tag
  /// @param names tags and metrics used outside of an aggregate
  /// @param rendering how its values become JSON
  record Value(
      String sql,
      boolean metric,
      String unit,
      boolean aggregate,
      Set<String> names,
      Translation.Rendering rendering) {

    Value(String sql, boolean metric, String unit, boolean aggregate, Set<String> names) {
      this(sql, metric, unit, aggregate, names, Translation.Rendering.PLAIN);
    }

    static Value ofTag(String sql, String name) {
      return new Value(sql, false, "", false, Set.of(name));
    }
  }

  private final Catalogue catalogue;
  private final Bindings bindings;
  private final Language language;
  private final Map<String, Expression> aliases;
  private final Aggregates aggregates;

  Values(
      Catalogue catalogue,
      Bindings bindings,
      Language language,
      Map<String, Expression> aliases,
      Aggregates aggregates) {
    this.catalogue = catalogue;
    this.bindings = bindings;
    this.language = language;
    this.aliases = aliases;
    this.aggregates = aggregates;
  }

  /// One value of the answer.
  ///
  /// @throws SqlException when it is no value of this table
  Value of(Expression expression) throws SqlException {
    return switch (expression) {
      case Expression.Name name -> ofName(name);
      case Expression.Call call -> ofCall(call);
      case Expression.Arithmetic sum -> ofArithmetic(sum);
      case Expression.Negative negative -> ofNegative(negative);
      case Expression.Numeral numeral ->
          new Value(Numbers.bind(Constant.of(numeral), bindings), true, "", false, Set.of());
      case Expression.Text text -> throw misplaced("a text", text);
      case Expression.Comparison comparison -> throw misplaced("a condition", comparison);
      case Expression.In in -> throw misplaced("a condition", in);
      case Expression.And and -> throw misplaced("a condition", and);
      case Expression.Or or -> throw misplaced("a condition", or);
      case Expression.Not not -> throw misplaced("a condition", not);
    };
  }

  /// The same, where an alias of SELECT may stand for its expression.
  Value ofAliased(Expression expression) throws SqlException {
    if (expression instanceof Expression.Name name) {
      Expression aliased = aliases.get(name.name());
      if (aliased != null) {
        return of(aliased);
      }
    }
    if (expression instanceof Expression.Arithmetic sum) {
      return arithmetic(sum.operator(), ofAliased(sum.left()), ofAliased(sum.right()));
    }
    return of(expression);
  }

  private static SqlException misplaced(String what, Expression expression) {
    return new SqlException("%s can't stand here".formatted(what), expression.position());
  }

  private Value ofName(Expression.Name name) throws SqlException {
    Tag tag = catalogue.tag(name.name(), bindings);
    if (tag != null) {
      Translation.Rendering rendering =
          tag.type() == TagType.EVENTS ? Translation.Rendering.EVENTS : Translation.Rendering.PLAIN;
      return new Value(shown(tag, name), false, "", false, Set.of(name.name()), rendering);
    }
    Metric metric = catalogue.metric(name.name(), bindings);
    if (metric == null || metric.type() == Metric.Type.OTHER) {
      throw Names.unknown(name, catalogue);
    }
    return new Value(Aggregates.rowValue(metric), true, metric.unit(), false, Set.of(name.name()));
  }

  private static String shown(Tag tag, Expression.Name name) throws SqlException {
    if (!tag.sides().isEmpty()) {
      throw new SqlException(
          "%s has two sides: choose %s".formatted(tag.name(), String.join(" or ", tag.sides())),
          name.position());
    }
    return tag.shown();
  }

  private Value ofCall(Expression.Call call) throws SqlException {
    return switch (call.function().toLowerCase(Locale.ROOT)) {
      case "enum" -> {
        Expression.Name name = Names.onlyArgument(call);
        yield Value.ofTag(displayName(name), name.name());
      }
      case "tostring" -> {
        Expression.Name name = Names.onlyArgument(call);
        yield Value.ofTag("toString(%s)".formatted(ofName(name).sql()), name.name());
      }
      case "time" -> {
        Bucket bucket = Bucket.of(call, catalogue);
        yield new Value(bucket.begin(bindings), false, "", false, Set.of(call.text()));
      }
      case "tounixtimestamp", "tounixtimestamp64micro" -> {
        Expression.Name name = Names.onlyArgument(call);
        yield Value.ofTag(timestamp(call, name), name.name());
      }
      default -> aggregates.of(call);
    };
  }

  /// The expression of a tag's display name.
  String displayName(Expression.Name name) throws SqlException {
    Tag tag = catalogue.tag(name.name(), bindings);
    if (tag == null) {
      throw Names.unknown(name, catalogue);
    }
    Enumeration enumeration = tag.enumeration();
    if (enumeration == null) {
      throw new SqlException("%s has no names for Enum()".formatted(name.name()), name.position());
    }
    return enumeration.named(shown(tag, name), language);
  }

  /// Seconds of `time`, microseconds of `start_time` and `end_time`: what conditions compare.
  String timestamp(Expression.Call call, Expression.Name name) throws SqlException {
    boolean seconds = call.function().equalsIgnoreCase("toUnixTimestamp");
    Tag tag = catalogue.tag(name.name(), bindings);
    if (tag == null || (seconds ? !tag.isTime() : tag.type() != TagType.MICROSECONDS)) {
      throw new SqlException(
          "%s takes %s".formatted(call.function(), seconds ? "time" : "start_time or end_time"),
          name.position());
    }
    return seconds ? tag.seconds() : tag.compared();
  }

  private Value ofArithmetic(Expression.Arithmetic sum) throws SqlException {
    return arithmetic(sum.operator(), of(sum.left()), of(sum.right()));
  }

  private static Value arithmetic(String operator, Value left, Value right) {
    Set<String> names = new HashSet<>(left.names());
    names.addAll(right.names());
    return new Value(
        "(%s %s %s)".formatted(left.sql(), operator, right.sql()),
        true,
        left.unit().isEmpty() ? right.unit() : left.unit(),
        left.aggregate() || right.aggregate(),
        names);
  }

  private Value ofNegative(Expression.Negative negative) throws SqlException {
    Value operand = of(negative.operand());
    return new Value(
        "(-%s)".formatted(operand.sql()),
        true,
        operand.unit(),
        operand.aggregate(),
        operand.names());
  }

  /// Whether any of the values is an aggregate.
  static boolean anyAggregate(List<Value> values) {
    return values.stream().anyMatch(Value::aggregate);
  }
}
