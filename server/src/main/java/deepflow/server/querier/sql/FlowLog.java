package deepflow.server.querier.sql;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Rows of l7_flow_log for other queriers, by the very expressions that SQL is answered with, so
/// that no two answers disagree. Safe for use by many threads.
public final class FlowLog {

  /// One row.
  public static final class Row {
    private final Map<String, Integer> columns;
    private final @Nullable Object[] values;

    private Row(Map<String, Integer> columns, @Nullable Object[] values) {
      this.columns = columns;
      this.values = values;
    }

    /// A value as [Rows#get] gives it.
    ///
    /// @param column as the statement calls it
    /// @throws IllegalArgumentException when the statement has no such column
    public @Nullable Object get(String column) {
      Integer index = columns.get(column);
      if (index == null) {
        throw new IllegalArgumentException(column);
      }
      return values[index];
    }

    /// A text; empty when there is none.
    public String text(String column) {
      Object value = get(column);
      return value == null ? "" : value.toString();
    }

    /// A whole number; 0 when there is none.
    public long number(String column) {
      return get(column) instanceof Number number ? number.longValue() : 0;
    }
  }

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final Catalogue catalogue = Catalogue.l7FlowLog();

  /// Asks that ClickHouse, within those limits.
  public FlowLog(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// The rows of one trace. A span that was stored twice is one row.
  ///
  /// @param select a statement of ours in DeepFlow's SQL, without WHERE and LIMIT
  /// @param traceId 32 hexadecimal digits
  public List<Row> ofTrace(String select, String traceId, long rowsMax) throws ClickHouseException {
    Bindings bindings = new Bindings();
    Catalogue trace = catalogue.ofTrace(bindings.bind("String", traceId));
    return rows(parsed(select), trace, bindings, null, rowsMax);
  }

  /// The row that has that number; none or one, or more when two spans share it.
  ///
  /// @param select as above
  /// @param id the tag `_id`
  public List<Row> ofId(String select, long id) throws ClickHouseException {
    Expression where =
        new Expression.Comparison(
            new Expression.Name("_id", 1),
            Operator.EQUAL,
            new Expression.Numeral(Long.toUnsignedString(id), 1),
            1);
    return rows(parsed(select), catalogue, new Bindings(), where, 1);
  }

  private static Statement.Select parsed(String select) {
    try {
      return switch (Parser.parse(select)) {
        case Statement.Select parsed -> parsed;
        case Statement.Show _ -> throw new IllegalArgumentException(select);
      };
    } catch (SqlException e) {
      throw new IllegalArgumentException(select, e);
    }
  }

  private List<Row> rows(
      Statement.Select select,
      Catalogue table,
      Bindings bindings,
      @Nullable Expression where,
      long rowsMax)
      throws ClickHouseException {
    Translation translation;
    try {
      translation =
          Translator.translate(
              select.restricted(where, rowsMax), table, bindings, Language.ENGLISH);
    } catch (SqlException e) {
      throw new IllegalArgumentException(select.toString(), e);
    }
    Map<String, Integer> columns = new HashMap<>();
    for (Translation.Column column : translation.columns()) {
      columns.put(column.name(), columns.size());
    }
    List<Row> rows = new ArrayList<>();
    try (Rows found = clickHouse.query(SqlQuerier.bounded(translation, limits))) {
      while (found.next()) {
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = found.get(i);
        }
        rows.add(new Row(columns, values));
      }
    }
    return rows;
  }
}
