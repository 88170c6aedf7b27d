package deepflow.server.storage;

import deepflow.clickhouse.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// How long spans are kept: of several rules that fit a span the first one counts. A trace is kept
/// as long as that of its spans which is kept longest.
///
/// @param rules at most [#RULES_MAX]
/// @param otherwise for spans that no rule fits; at least a minute
public record RetentionRules(List<RetentionRule> rules, Duration otherwise) {
  /// More would make each look at a day long.
  public static final int RULES_MAX = 32;

  public RetentionRules {
    rules = fewEnough(List.copyOf(rules));
    Lifetimes.check("spans are", otherwise, Lifetimes.SPANS_MIN);
  }

  /// The same rules.
  ///
  /// @throws IllegalArgumentException when there are too many
  public static List<RetentionRule> fewEnough(List<RetentionRule> rules) {
    if (rules.size() > RULES_MAX) {
      throw new IllegalArgumentException("there are at most %s rules".formatted(RULES_MAX));
    }
    return rules;
  }

  /// All spans alike.
  public static RetentionRules of(Duration otherwise) {
    return new RetentionRules(List.of(), otherwise);
  }

  /// How long the longest kept spans are kept.
  public Duration longest() {
    return rules.stream()
        .map(RetentionRule::lifetime)
        .reduce(otherwise, (a, b) -> a.compareTo(b) > 0 ? a : b);
  }

  /// The lifetimes that are over, the shortest first.
  List<Duration> over(Predicate<Duration> isOver) {
    List<Duration> all =
        rules.stream()
            .map(RetentionRule::lifetime)
            .collect(Collectors.toCollection(ArrayList::new));
    all.add(otherwise);
    return all.stream().distinct().filter(isOver).sorted(Comparator.naturalOrder()).toList();
  }

  /// A condition of SQL, with its values.
  record Bound(String sql, Map<String, String> values) {
    Query to(Query query) {
      Query bound = query;
      for (Map.Entry<String, String> value : values.entrySet()) {
        bound = bound.with(value.getKey(), value.getValue());
      }
      return bound;
    }
  }

  /// Holds for rows of table `spans` whose own lifetime is not over.
  Bound kept(Predicate<Duration> isOver) {
    Map<String, String> values = new HashMap<>();
    StringBuilder sql = new StringBuilder("multiIf(");
    for (RetentionRule rule : rules) {
      List<String> all =
          rule.conditions().stream().map(condition -> sql(condition, values)).toList();
      sql.append(String.join(" AND ", all))
          .append(isOver.test(rule.lifetime()) ? ", 0, " : ", 1, ");
    }
    String rest = isOver.test(otherwise) ? "0" : "1";
    return new Bound(
        rules.isEmpty() ? rest + " = 1" : sql.append(rest).append(") = 1").toString(), values);
  }

  private static String sql(RetentionRule.Condition condition, Map<String, String> values) {
    return switch (condition) {
      case RetentionRule.Condition.Status(int code) -> "status_code = " + code;
      case RetentionRule.Condition.Service(String name) ->
          "service = " + bind("String", name, values);
      case RetentionRule.Condition.Slower(Duration than) ->
          "duration >= " + bind("Int64", Long.toString(than.toNanos()), values);
      case RetentionRule.Condition.Attribute(String key, String value) -> {
        String name = bind("String", key, values);
        String last = "arrayLastIndex(k -> k = %s, mapKeys(attributes))".formatted(name);
        String isEqual =
            "(mapContains(attributes, %1$s) AND mapValues(attributes)[%2$s] = %3$s OR mapExists((of, e) -> of = %2$s AND substring(e, 2) = %3$s, elements))"
                .formatted(name, last, bind("String", value, values));
        yield "(%1$s OR resource_id IN (SELECT resource_id FROM deepflow.resources WHERE %1$s))"
            .formatted(isEqual);
      }
    };
  }

  private static String bind(String type, String value, Map<String, String> values) {
    String name = "rule" + values.size();
    values.put(name, value);
    return "{%s:%s}".formatted(name, type);
  }
}
