package deepflow.server.querier.search;

import deepflow.server.querier.Bindings;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.semconv.Renames;
import deepflow.server.storage.SpanOrder;
import deepflow.server.storage.ValueIndexBlock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What a span must have for a condition to hold: of each set at least one of these texts among its
/// attributes' values, whatever their keys. Table `value_index` tells in which steps of [SpanOrder]
/// such spans can be.
record NeededValues(List<Set<String>> sets) {

  private static final NeededValues NONE = new NeededValues(List.of());

  /// @param resourceKeys the keys that any resource has
  static NeededValues of(SpanCondition condition, Set<String> resourceKeys) {
    return switch (condition) {
      case SpanCondition.And and ->
          new NeededValues(
              and.operands().stream()
                  .flatMap(operand -> of(operand, resourceKeys).sets.stream())
                  .toList());
      case SpanCondition.Or or ->
          oneOf(or.operands().stream().map(operand -> of(operand, resourceKeys)).toList());
      case SpanCondition.Not _ -> NONE;
      case SpanCondition.Comparison comparison -> of(comparison, resourceKeys);
    };
  }

  private static NeededValues oneOf(List<NeededValues> alternatives) {
    Set<String> texts = new LinkedHashSet<>();
    for (NeededValues alternative : alternatives) {
      if (alternative.sets.isEmpty()) {
        return NONE;
      }
      texts.addAll(alternative.sets.getFirst());
    }
    return texts.isEmpty() ? NONE : new NeededValues(List.of(texts));
  }

  private static NeededValues of(SpanCondition.Comparison comparison, Set<String> resourceKeys) {
    if (comparison.operator() == Operator.EQUAL
        && comparison.value() != Value.Nil.NIL
        && comparison.field() instanceof Attribute(Scope scope, String key)
        && isOfSpan(scope, key, resourceKeys)) {
      Set<String> texts = StoredTexts.of(key, comparison.value());
      return texts.isEmpty() ? NONE : new NeededValues(List.of(texts));
    }
    return NONE;
  }

  private static boolean isOfSpan(Scope scope, String key, Set<String> resourceKeys) {
    return switch (scope) {
      case SPAN -> true;
      case RESOURCE -> false;
      case EITHER -> Renames.keys(key).stream().noneMatch(resourceKeys::contains);
    };
  }

  /// Whether spans can be anywhere.
  boolean isEmpty() {
    return sets.isEmpty();
  }

  /// The condition on a row of `spans` that it is of one of the steps. Not when it can be anywhere.
  String isPossible(TimeRows rows, Bindings bindings) {
    return "%s IN (%s)".formatted(SpanOrder.step("start_time"), steps(rows, bindings));
  }

  /// A statement that gives these steps.
  ///
  /// @param rows the spans that are wanted
  String steps(TimeRows rows, Bindings bindings) {
    List<String> hashes = sets.stream().map(texts -> hashes(texts, bindings)).toList();
    StringBuilder sql = new StringBuilder("SELECT step AS possible FROM deepflow.");
    sql.append(ValueIndexBlock.TABLE)
        .append(" WHERE (hash IN (")
        .append(String.join(") OR hash IN (", hashes))
        .append(")) AND step >= ")
        .append(bindings.number(SpanOrder.step(rows.fromNanos())))
        .append(" AND step <= ")
        .append(bindings.number(SpanOrder.step(rows.toNanos())))
        .append(" GROUP BY step");
    if (sets.size() > 1) {
      sql.append(
          hashes.stream()
              .map("countIf(hash IN (%s)) > 0"::formatted)
              .collect(Collectors.joining(" AND ", " HAVING ", "")));
    }
    return sql.toString();
  }

  private static String hashes(Set<String> texts, Bindings bindings) {
    List<String> hashes = new ArrayList<>();
    texts.forEach(
        text -> hashes.add(bindings.bind("UInt32", Long.toString(ValueIndexBlock.hash(text)))));
    return String.join(", ", hashes);
  }
}
