package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Turns what can stand in SELECT, GROUP BY, ORDER BY and HAVING into ClickHouse's expressions.
final class Values {

  /// One expression.
  ///
  /// @param metric whether it is a number to look at, else a tag
  /// @param aggregate whether there is an aggregate in it
  /// @param name of the tag or metric that it reads from each row; empty when it reads none, or its
  ///   parts do
  /// @param parts what it is calculated from
  /// @param rendering how its values become JSON
  record Value(
      String sql,
      boolean metric,
      String unit,
      boolean aggregate,
      String name,
      List<Value> parts,
      Translation.Rendering rendering) {

    private Value(String sql, boolean metric, String unit, boolean aggregate, String name) {
      this(sql, metric, unit, aggregate, name, List.of(), Translation.Rendering.PLAIN);
    }

    static Value ofTag(String sql, String name) {
      return ofTag(sql, name, Translation.Rendering.PLAIN);
    }

    static Value ofTag(String sql, String name, Translation.Rendering rendering) {
      return new Value(sql, false, "", false, name, List.of(), rendering);
    }

    static Value ofAggregate(String sql, String unit) {
      return new Value(sql, true, unit, true, "");
    }

    /// One of a tag's values.
    static Value ofAny(String sql, Translation.Rendering rendering) {
      return new Value(sql, false, "", true, "", List.of(), rendering);
    }

    static Value calculated(String sql, String unit, List<Value> parts) {
      return new Value(
          sql, true, unit, anyAggregate(parts), "", parts, Translation.Rendering.PLAIN);
    }

    /// A function of a tag.
    Value within(String outer, Translation.Rendering shown) {
      return new Value(outer, false, "", false, "", List.of(this), shown);
    }

    /// Whether it is the same for all rows.
    boolean isConstant() {
      return !aggregate && name.isEmpty() && parts.stream().allMatch(Value::isConstant);
    }

    /// The first tag or metric in it that is not the same for all rows of a group; empty when there
    /// is none.
    ///
    /// @param groups expressions that the rows are grouped by
    String ungrouped(Set<String> groups) {
      if (groups.contains(sql)) {
        return "";
      }
      return parts.stream()
          .map(part -> part.ungrouped(groups))
          .filter(found -> !found.isEmpty())
          .findFirst()
          .orElse(name);
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
          new Value(Numbers.bind(Constant.of(numeral), bindings), true, "", false, "");
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
      return Value.ofTag(shown(tag, name), name.name(), tag.type().rendering());
    }
    Metric metric = catalogue.metric(name.name(), bindings);
    if (metric == null || metric.type() == Metric.Type.OTHER) {
      throw Names.misfit(name, catalogue);
    }
    return new Value(Aggregates.rowValue(metric), true, metric.unit(), false, name.name());
  }

  private String shown(Tag tag, Expression.Name name) throws SqlException {
    if (!tag.sides().isEmpty()) {
      throw Names.misfit(name, catalogue);
    }
    return tag.shown();
  }

  private Value ofCall(Expression.Call call) throws SqlException {
    return switch (call.function().toLowerCase(Locale.ROOT)) {
      case "enum" -> {
        Expression.Name name = Names.onlyArgument(call);
        yield ofName(name).within(displayName(name), Translation.Rendering.PLAIN);
      }
      case "tostring" -> {
        Value value = ofName(Names.onlyArgument(call));
        yield value.within("toString(%s)".formatted(value.sql()), value.rendering());
      }
      case "time" -> {
        Bucket bucket = Bucket.of(call, catalogue);
        yield Value.ofTag(bucket.begin(bindings), call.text());
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
      throw Names.misfit(name, catalogue);
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
    String unit = left.unit().isEmpty() ? right.unit() : left.unit();
    return Value.calculated(
        "(%s %s %s)".formatted(left.sql(), operator, right.sql()), unit, List.of(left, right));
  }

  private Value ofNegative(Expression.Negative negative) throws SqlException {
    Value operand = of(negative.operand());
    return Value.calculated("(-%s)".formatted(operand.sql()), operand.unit(), List.of(operand));
  }

  /// Whether any of the values is an aggregate.
  static boolean anyAggregate(List<Value> values) {
    return values.stream().anyMatch(Value::aggregate);
  }
}
