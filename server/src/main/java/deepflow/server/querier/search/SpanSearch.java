package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.SpanOrder;
import deepflow.server.storage.SpanReader;
import deepflow.server.storage.SpanReader.Page;
import deepflow.server.storage.SpanReader.Place;
import deepflow.server.storage.SpanReader.TooLargeException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds single spans, each once, in the order of their second and their trace: page after page,
/// each by a query of its own, so that nothing is held while nobody asks for the next one.
public final class SpanSearch {

  private final SpanReader reader;
  private final TraceSearch traces;
  private final QueryLimits limits;

  /// Asks that ClickHouse, within those limits for each page.
  public SpanSearch(ClickHouse clickHouse, QueryLimits limits, TraceSearch traces) {
    this.reader = new SpanReader(clickHouse);
    this.traces = traces;
    this.limits = limits;
  }

  /// The spans that fulfil a condition.
  ///
  /// @param fromNanos when they start, ns since 1970-01-01 UTC, both ends included
  /// @throws SearchException when a regular expression is none that RE2 knows
  public Pages find(SpanCondition condition, long fromNanos, long toNanos)
      throws ClickHouseException {
    traces.checkPatterns(condition);
    return new Pages(condition, new TimeRows(fromNanos, toNanos), traces.resourceKeys(condition));
  }

  /// Where a search stands. For one thread.
  public final class Pages {

    private final SpanCondition condition;
    private final TimeRows rows;
    private final Set<String> resourceKeys;
    private @Nullable Place last;

    private Pages(SpanCondition condition, TimeRows rows, Set<String> resourceKeys) {
      this.condition = condition;
      this.rows = rows;
      this.resourceKeys = resourceKeys;
    }

    /// The next page.
    ///
    /// @param spans about so many; all of one trace with the same start stay together
    /// @param bytesMax of the spans
    public Page next(int spans, int bytesMax) throws ClickHouseException, TooLargeException {
      Bindings bindings = new Bindings();
      StringBuilder where = new StringBuilder(time(bindings));
      Place behind = last;
      if (behind != null) {
        where.append(" AND ").append(isBehind(behind, bindings));
      }
      where.append(" AND ").append(conditionSql(bindings).ofSpanAnywhere(condition));
      Page page =
          reader.page(
              sql -> Statements.query(sql, bindings, limits), where.toString(), spans, bytesMax);
      if (page.last() != null) {
        last = page.last();
      }
      return page;
    }

    /// What a trace is, its spans before and after the time say, too.
    private ConditionSql conditionSql(Bindings bindings) {
      TimeRows ofTraces = rows.widened(TraceSummaries.TRACE_LENGTH);
      return new ConditionSql(bindings, ofTraces, resourceKeys);
    }

    /// All times need no condition, which at the ends of what 64 bits can say might be a wrong one.
    private String time(Bindings bindings) {
      boolean all = rows.fromNanos() == Long.MIN_VALUE && rows.toNanos() == Long.MAX_VALUE;
      return all ? "1" : rows.sql(bindings);
    }

    private String isBehind(Place place, Bindings bindings) {
      String start =
          "fromUnixTimestamp64Nano(%s, 'UTC')".formatted(bindings.number(place.startNanos()));
      String step = SpanOrder.step(start);
      String trace = "toFixedString(unhex(%s), 16)".formatted(bindings.text(place.traceId()));
      return "%1$s >= %2$s AND (%1$s > %2$s OR trace_id > %3$s OR (trace_id = %3$s AND start_time > %4$s))"
          .formatted(SpanOrder.step("start_time"), step, trace, start);
    }
  }
}
