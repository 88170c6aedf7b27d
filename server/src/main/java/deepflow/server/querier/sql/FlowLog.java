package deepflow.server.querier.sql;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.Bindings;
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

    /// A value as [Rows#get] gives it, or the text of JSON that an answer has of it.
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

  /// The first rows of an answer.
  ///
  /// @param rows in the statement's order
  /// @param cut whether there are more, for which there was no room
  public record Found(List<Row> rows, boolean cut) {}

  /// Rows of a trace that come at a time, for all of a block is held: else sorted rows are one
  /// block, 45 MB of 3,000 spans of 15 KB.
  private static final long BLOCK_ROWS_MAX = 512;

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final Catalogue catalogue = Catalogue.l7FlowLog();

  /// Asks that ClickHouse, within those limits.
  public FlowLog(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// The first rows of one trace. A span that was stored twice is one row. Reading ends when there
  /// is no room for more: no more than that is held.
  ///
  /// @param select a statement of ours in DeepFlow's SQL, without WHERE and LIMIT
  /// @param traceId 32 hexadecimal digits
  /// @param textBytesMax of all texts together, in UTF-8; the first row is held in any case
  public Found ofTrace(String select, String traceId, long rowsMax, long textBytesMax)
      throws ClickHouseException {
    Bindings bindings = new Bindings();
    Catalogue trace = catalogue.ofTrace(bindings.bind("String", traceId));
    Translation translation = translated(parsed(select), trace, bindings, null, rowsMax + 1);
    Query query = SqlQuerier.bounded(translation, limits).setting("max_block_size", BLOCK_ROWS_MAX);
    return read(translation, query, rowsMax, textBytesMax);
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
    Translation translation = translated(parsed(select), catalogue, new Bindings(), where, 1);
    Query query = SqlQuerier.bounded(translation, limits);
    return read(translation, query, 1, limits.answerBytesMax()).rows();
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

  private static Translation translated(
      Statement.Select select,
      Catalogue table,
      Bindings bindings,
      @Nullable Expression where,
      long limit) {
    try {
      return Translator.translate(
          select.restricted(where, limit), table, bindings, Language.ENGLISH);
    } catch (SqlException e) {
      throw new IllegalArgumentException(select.toString(), e);
    }
  }

  private Found read(Translation translation, Query query, long rowsMax, long textBytesMax)
      throws ClickHouseException {
    Map<String, Integer> columns = new HashMap<>();
    for (Translation.Column column : translation.columns()) {
      columns.put(column.name(), columns.size());
    }
    List<Row> rows = new ArrayList<>();
    long textBytes = 0;
    try (Rows found = clickHouse.query(query)) {
      while (found.next()) {
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = JsonValues.value(found, i, translation.columns().get(i).rendering());
          textBytes += textBytes(values[i]);
        }
        if (rows.size() == rowsMax || (textBytes > textBytesMax && !rows.isEmpty())) {
          return new Found(rows, true);
        }
        rows.add(new Row(columns, values));
      }
    }
    return new Found(rows, false);
  }

  /// What a value takes in UTF-8; 0 of what is no text.
  private static long textBytes(@Nullable Object value) {
    return switch (value) {
      case String text -> text.chars().mapToLong(FlowLog::utf8Bytes).sum();
      case byte[] bytes -> bytes.length;
      case null, default -> 0;
    };
  }

  /// A surrogate is half of a character of four bytes.
  private static int utf8Bytes(int unit) {
    if (unit < 0x80) {
      return 1;
    }
    return unit < 0x800 || Character.isSurrogate((char) unit) ? 2 : 3;
  }
}
