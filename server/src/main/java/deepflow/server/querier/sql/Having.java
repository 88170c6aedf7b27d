package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;

/// The conditions of HAVING in ClickHouse's SQL: aggregates and grouped tags against values.
final class Having implements Connectives.Leaves {

  private final Values values;
  private final Bindings bindings;
  private final Grouping grouping;

  Having(Values values, Bindings bindings, Grouping grouping) {
    this.values = values;
    this.bindings = bindings;
    this.grouping = grouping;
  }

  @Override
  public SqlException noCondition(Expression expression) {
    return new SqlException("HAVING compares an aggregate with a value", expression.position());
  }

  @Override
  public String of(Expression.In in) throws SqlException {
    throw noCondition(in);
  }

  @Override
  public String of(Expression.Call call) throws SqlException {
    throw noCondition(call);
  }

  @Override
  public String of(Expression.Comparison comparison) throws SqlException {
    if (comparison.operator().isPattern()) {
      throw noCondition(comparison);
    }
    Values.Value left = values.ofAliased(comparison.left());
    grouping.check(left, comparison.left(), "HAVING");
    String right =
        switch (Constant.of(comparison.right())) {
          case Constant.OfNumber number -> Numbers.bind(number, bindings);
          case Constant.OfText text -> bindings.bind("String", text.value());
        };
    return "ifNull(%s %s %s, 0)".formatted(left.sql(), comparison.operator().sign(), right);
  }
}
