package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.EngineLimits;
import deepflow.server.querier.QueryLimits;
import java.util.Map;

/// How the engine is to run what is searched with.
final class Statements {

  /// The statement with its values, within those limits.
  static Query query(String sql, Bindings bindings, QueryLimits limits) {
    return new Query(
        sql,
        bindings.values(),
        Map.of(
            "max_execution_time",
            Long.toString(Math.max(1, limits.time().toSeconds())),
            "max_memory_usage",
            Long.toString(limits.memoryBytesMax()),
            // else the last digit of a double can be off
            "precise_float_parsing",
            "1",
            // Our order is by cost; the engine's is by the size of columns, and puts a value's type
            // before the question whether it is there at all.
            "allow_reorder_prewhere_conditions",
            "0",
            // Attributes of a few thousand rows are worth a thread more.
            "merge_tree_min_rows_for_concurrent_read",
            "8192",
            "merge_tree_min_bytes_for_concurrent_read",
            "1"),
        false);
  }

  /// The same of a statement that reads little, a few traces or seconds: the older analyzer plans
  /// it in a millisecond less, and doesn't read parts of a Map only, which here would save nothing.
  static Query lookUp(String sql, Bindings bindings, QueryLimits limits) {
    return query(sql, bindings, limits).setting("enable_analyzer", 0);
  }

  /// Of keys with many names even the conditions that are allowed can become a statement that is
  /// too much for the engine, and would take minutes if it were not.
  ///
  /// @throws SearchException when that is why it failed
  static ClickHouseException checked(ClickHouseException e) {
    if (EngineLimits.areExceeded(e)) {
      throw new SearchException(
          "the conditions are too much for one statement",
          "give fewer of them, or say span. or resource. before a key instead of a dot alone");
    }
    return e;
  }

  private Statements() {}
}
