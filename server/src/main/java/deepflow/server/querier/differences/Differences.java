package deepflow.server.querier.differences;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.FoundTrace;
import deepflow.server.querier.search.TraceQuery;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.querier.search.TraceSummary;
import java.util.List;
import java.util.stream.Stream;

/// Says what sets traces apart: compares a fair sample of those that fulfil a filter with a fair
/// sample of those that don't.
public final class Differences {

  /// Traces among which the two sides are looked for.
  private static final int SAMPLE_MAX = 2_000;

  private final TraceSearch search;
  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  /// Asks that search which traces there are, and ClickHouse for their spans, within those limits.
  public Differences(TraceSearch search, ClickHouse clickHouse, QueryLimits limits) {
    this.search = search;
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// Compares.
  ///
  /// @param filter whose traces are the selected ones. When all traces fulfil it and it asks for
  ///   the slowest, they are the slowest tenth
  /// @param all fulfilled by each trace that fulfils the filter: the others are among its traces
  Difference find(TraceQuery filter, TraceQuery all) throws ClickHouseException {
    Sides sides = sides(filter, all);
    int selected = sides.selected().size();
    int others = sides.others().size();
    if (!sides.canBeCompared()) {
      return new Difference(selected, others, List.of(), List.of(), false);
    }
    AttributeTraces attributes = new AttributeTraces(selected, others);
    OperationCosts operations = new OperationCosts(selected, others);
    SampledSpans spans = new SampledSpans(clickHouse, limits, selected, attributes, operations);
    spans.read(Stream.concat(sides.selected().stream(), sides.others().stream()).toList());
    return new Difference(
        selected,
        others,
        attributes.telling(),
        operations.largest(),
        spans.isCut() || attributes.isFull() || operations.isFull());
  }

  /// Both samples are in the order of the traces' hashes. So whatever fulfils the filter in the one
  /// of all is in the other.
  private Sides sides(TraceQuery filter, TraceQuery all) throws ClickHouseException {
    List<TraceSummary> sample = sample(all);
    return filter.order() == Order.SLOWEST && sampled(filter).equals(sampled(all))
        ? Sides.bySlowness(sample)
        : Sides.byFilter(sample(filter), sample);
  }

  private List<TraceSummary> sample(TraceQuery query) throws ClickHouseException {
    return search.find(sampled(query)).traces().stream().map(FoundTrace::summary).toList();
  }

  private static TraceQuery sampled(TraceQuery query) {
    return new TraceQuery(
        query.startNanos(),
        query.endNanos(),
        query.overlapping(),
        query.condition(),
        query.minDurationNanos(),
        query.maxDurationNanos(),
        Order.SAMPLE,
        null,
        SAMPLE_MAX,
        0);
  }
}
