package deepflow.server.querier.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A statement of DeepFlow's SQL.
sealed interface Statement {

  /// A question for rows or figures.
  ///
  /// @param table what follows FROM, as written
  /// @param where null when there is no condition; so is having
  /// @param limit null when the statement has none
  record Select(
      List<Item> items,
      Expression.Name table,
      @Nullable Expression where,
      List<Expression> groupBy,
      @Nullable Expression having,
      List<Order> orderBy,
      @Nullable Long limit,
      long offset)
      implements Statement {}

  /// One column of the answer.
  ///
  /// @param alias null when the expression's own text names the column
  record Item(Expression expression, @Nullable String alias) {
    String name() {
      return alias == null ? expression.text() : alias;
    }
  }

  record Order(Expression expression, boolean descending) {}
}
