package deepflow.server.querier.sql;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What may stand in a statement that has one row for many: aggregates, and what the rows are
/// grouped by.
///
/// @param by ClickHouse's expressions
/// @param many whether a row of the answer is made of many
record Grouping(Set<String> by, boolean many) {

  static Grouping of(List<Values.Value> groups, List<Values.Value> items) {
    return new Grouping(
        groups.stream().map(Values.Value::sql).collect(Collectors.toSet()),
        !groups.isEmpty() || Values.anyAggregate(items));
  }

  /// Checks one value.
  ///
  /// @param expression that it is of
  /// @param clause that it stands in
  void check(Values.Value value, Expression expression, String clause) throws SqlException {
    if (!many && value.aggregate()) {
      throw new SqlException(
          "an aggregate in %s needs one in SELECT".formatted(clause), expression.position());
    }
    String name = many ? value.ungrouped(by) : "";
    if (!name.isEmpty()) {
      throw new SqlException(
          "%s stands beside an aggregate, so it must stand in GROUP BY".formatted(name),
          expression.position());
    }
  }
}
