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
      implements Statement {

    /// The same of fewer rows.
    Select restricted(@Nullable Expression condition, long rowsMax) {
      return new Select(items, table, condition, groupBy, having, orderBy, rowsMax, 0);
    }
  }

  /// One column of the answer.
  ///
  /// @param alias null when the expression's own text names the column
  record Item(Expression expression, @Nullable String alias) {
    String name() {
      return alias == null ? expression.text() : alias;
    }
  }

  record Order(Expression expression, boolean descending) {}

  /// A question for what can be asked.
  sealed interface Show extends Statement {
    Filter filter();
  }

  /// Which rows of the list are wanted.
  ///
  /// @param where null when there is no condition
  /// @param limit null when the statement has none
  /// @param position where the filter begins, or would
  record Filter(@Nullable Expression where, @Nullable Long limit, long offset, int position) {}

  record ShowDatabases(Filter filter) implements Show {}

  /// The tables of a database.
  ///
  /// @param database null for all
  record ShowTables(Expression.@Nullable Name database, Filter filter) implements Show {}

  /// The tags of a table.
  ///
  /// @param table null for all
  record ShowTags(Expression.@Nullable Name table, Filter filter) implements Show {}

  /// The metrics of a table.
  ///
  /// @param table null for all
  record ShowMetrics(Expression.@Nullable Name table, Filter filter) implements Show {}

  record ShowFunctions(Filter filter) implements Show {}

  /// The values of a tag.
  ///
  /// @param table null when one of all tables has the tag
  record ShowTagValues(Expression.Name tag, Expression.@Nullable Name table, Filter filter)
      implements Show {}

  record ShowLanguage(Filter filter) implements Show {}
}
