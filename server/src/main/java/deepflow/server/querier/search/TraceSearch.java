package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.semconv.Renames;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Finds traces. Safe for use by many threads; a search blocks its thread.
///
/// The newest are looked for in the last seconds first, then ever farther back: [NewestTraces].
/// Without conditions on spans only `trace_index` is read.
///
/// A trace's spans are counted together when they start within an hour of what is searched. Only in
/// a search of many hours one that starts long after the others have ended can be missed, or on its
/// later pages one that starts hours after the page: [TraceSummaries].
public final class TraceSearch {

  /// ClickHouse's codes for a bad argument and for a regular expression that it can't compile.
  private static final Set<Integer> NO_REGULAR_EXPRESSION = Set.of(36, 427);

  /// What was found.
  ///
  /// @param next where the next page begins; null when there is no more
  public record Found(List<FoundTrace> traces, @Nullable Cursor next) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final InstantSource clock;
  private final TraceSummaries summaries;
  private final MatchedSpans matchedSpans;
  private final SpanCounts spanCounts;
  private final Densities densities = new Densities();

  /// Asks that ClickHouse, within those limits.
  public TraceSearch(ClickHouse clickHouse, QueryLimits limits, InstantSource clock) {
    this.clickHouse = clickHouse;
    this.limits = limits;
    this.clock = clock;
    this.summaries = new TraceSummaries(clickHouse, limits);
    this.matchedSpans = new MatchedSpans(clickHouse, limits);
    this.spanCounts = new SpanCounts(clickHouse, limits);
  }

  /// Finds one page of traces.
  ///
  /// @throws SearchException when a regular expression is none that RE2 knows, or when there are
  ///   more conditions than the engine can take
  public Found find(TraceQuery query) throws ClickHouseException {
    checkPatterns(query.condition());
    try {
      return page(query);
    } catch (ClickHouseException e) {
      throw Statements.checked(e);
    }
  }

  private Found page(TraceQuery query) throws ClickHouseException {
    Set<String> resourceKeys = resourceKeys(query.condition());
    if (query.order() == Order.NEWEST) {
      NewestTraces newest = newest(query, resourceKeys);
      return found(newest.find(), query, resourceKeys, newest.matches());
    }
    return found(summaries.first(query, resourceKeys), query, resourceKeys, new Matches());
  }

  private Found found(
      List<TraceSummary> found, TraceQuery query, Set<String> resourceKeys, Matches matches)
      throws ClickHouseException {
    boolean more = found.size() > query.limit();
    List<TraceSummary> page = more ? found.subList(0, query.limit()) : found;
    return new Found(
        query.order() == Order.SAMPLE
            ? bare(spanCounts.of(page))
            : withSpans(page, query, resourceKeys, matches),
        more ? cursor(query.order(), page.getLast()) : null);
  }

  /// Counts the spans while it reads those that fulfil the condition: two statements at a time.
  private List<FoundTrace> withSpans(
      List<TraceSummary> page, TraceQuery query, Set<String> resourceKeys, Matches matches)
      throws ClickHouseException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var repeated = Meanwhile.of(threads, () -> spanCounts.repeated(page));
      var counting = Meanwhile.of(threads, () -> spanCounts.of(page, repeated.get()));
      List<FoundTrace> matched = matchedSpans.addTo(page, query, resourceKeys, matches, repeated);
      List<TraceSummary> counted = counting.get();
      return IntStream.range(0, page.size())
          .mapToObj(i -> matched.get(i).with(counted.get(i)))
          .toList();
    }
  }

  private static List<FoundTrace> bare(List<TraceSummary> traces) {
    return traces.stream().map(trace -> new FoundTrace(trace, 0, List.of())).toList();
  }

  private static @Nullable Cursor cursor(Order order, TraceSummary last) {
    return switch (order) {
      case NEWEST -> new Cursor(order, last.startNanos(), last.traceId());
      case SLOWEST -> new Cursor(order, last.durationNanos(), last.traceId());
      case SAMPLE -> null;
    };
  }

  private NewestTraces newest(TraceQuery query, Set<String> resourceKeys) {
    long now = TimeUnit.MILLISECONDS.toNanos(clock.millis());
    return new NewestTraces(clickHouse, limits, densities, summaries, query, resourceKeys, now);
  }

  /// The engine knows what a regular expression is. It must see it bare and as it will be used:
  /// `a)|(b` is none, even if it becomes one between parentheses, and `\Qa` is one, but not between
  /// them. And match() alone passes over what it need not compile.
  void checkPatterns(SpanCondition condition) throws ClickHouseException {
    for (SpanCondition.Comparison comparison : condition.comparisons()) {
      if (comparison.operator().isPattern()
          && comparison.value() instanceof Value.Text(String pattern)) {
        Query query =
            Query.of(
                    "SELECT replaceRegexpOne('x', {pattern:String}, ''),"
                        + " replaceRegexpOne('x', {whole:String}, '')")
                .with("pattern", pattern)
                .with("whole", AttributeSql.whole(pattern));
        try (Rows rows = clickHouse.query(query)) {
          rows.next();
        } catch (ClickHouseException e) {
          if (!NO_REGULAR_EXPRESSION.contains(e.code())) {
            throw e;
          }
          throw new SearchException(
              "'%s' is no regular expression".formatted(pattern),
              "regular expressions are those of RE2");
        }
      }
    }
  }

  /// Those keys of the condition's attributes of no named scope, by any of their names, that
  /// resources have at all.
  Set<String> resourceKeys(SpanCondition condition) throws ClickHouseException {
    Set<String> keys = new HashSet<>();
    for (SpanCondition.Comparison comparison : condition.comparisons()) {
      if (comparison.field() instanceof Attribute(Scope scope, String key)
          && scope == Scope.EITHER) {
        keys.addAll(Renames.keys(key));
      }
    }
    Set<String> known = new HashSet<>();
    if (!keys.isEmpty()) {
      Query query =
          Query.of(
                  "SELECT DISTINCT arrayJoin(mapKeys(attributes)) AS key FROM deepflow.resources"
                      + " WHERE hasAny(mapKeys(attributes), {keys:Array(String)})"
                      + " AND has({keys:Array(String)}, key)")
              .with("keys", keys);
      try (Rows rows = clickHouse.query(query)) {
        while (rows.next()) {
          known.add(rows.getString(0));
        }
      }
    }
    return known;
  }
}
