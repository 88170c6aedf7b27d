package deepflow.server.querier.differences;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.MapValue;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.TraceSummary;
import deepflow.server.storage.Bytes;
import deepflow.server.storage.SpanOrder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;

/// Reads the spans of the traces that are compared and counts what they have. A span that was sent
/// twice counts once.
///
/// Traces are read in handfuls of neighbours in time, so that the table's key leads to them and
/// only a handful's spans are held at a time.
final class SampledSpans {

  /// Spans of a trace that are read.
  static final int SPANS_MAX = 2_000;

  /// Longer keys and values tell nothing at a glance.
  private static final int TEXT_MAX = 200;

  private static final int HANDFUL = 50;

  /// The type letter of an attribute that is no text, number or boolean.
  private static final byte OTHER = 'o';

  private static final String TIME =
      "start_time >= fromUnixTimestamp64Nano({from:Int64}, 'UTC')"
          + " AND start_time <= fromUnixTimestamp64Nano({to:Int64}, 'UTC')";

  static final String SPANS =
      """
      SELECT
        trace_id, span_id, parent_span_id, kind, service, name,
        toUnixTimestamp64Nano(start_time) AS started, greatest(duration, 0) AS lasted,
        resource_id, attributes, attribute_types
      FROM deepflow.spans
      WHERE %1$s AND %2$s
      LIMIT {limit:UInt64} BY trace_id
      """
          .formatted(
              TIME,
              SpanOrder.ofTraces(TIME + " AND " + SpanOrder.isAmong("{traces:Array(String)}")));

  static final String RESOURCES =
      """
      SELECT resource_id, attributes, attribute_types
      FROM deepflow.resources
      WHERE resource_id IN (SELECT toFixedString(unhex(arrayJoin({resources:Array(String)})), 16))
      LIMIT 1 BY resource_id
      """;

  /// What makes a span the same as one that was read before.
  private record Identity(int trace, long id, long kind, long startNanos, long lasted) {}

  private record Place(String service, int trace) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final int selected;
  private final AttributeTraces attributes;
  private final OperationCosts operations;
  private boolean cut;

  /// @param selected traces with a number below this were asked for
  SampledSpans(
      ClickHouse clickHouse,
      QueryLimits limits,
      int selected,
      AttributeTraces attributes,
      OperationCosts operations) {
    this.clickHouse = clickHouse;
    this.limits = limits;
    this.selected = selected;
    this.attributes = attributes;
    this.operations = operations;
  }

  /// Whether a trace had more spans than are read.
  boolean isCut() {
    return cut;
  }

  /// Reads the spans of these traces; their places in the list are their numbers.
  void read(List<TraceSummary> traces) throws ClickHouseException {
    Map<String, Integer> numbers = new HashMap<>();
    traces.forEach(trace -> numbers.put(trace.traceId(), numbers.size()));
    List<TraceSummary> byTime =
        traces.stream().sorted(Comparator.comparingLong(TraceSummary::startNanos)).toList();
    for (int from = 0; from < byTime.size(); from += HANDFUL) {
      handful(byTime.subList(from, Math.min(from + HANDFUL, byTime.size())), numbers);
    }
  }

  private void handful(List<TraceSummary> traces, Map<String, Integer> numbers)
      throws ClickHouseException {
    Map<Integer, List<TimedSpan>> spans = new HashMap<>();
    Map<Bytes, Set<Place>> resources = new HashMap<>();
    Map<Integer, Integer> rowsOfTrace = new HashMap<>();
    Set<Identity> seen = new HashSet<>();
    try (Rows rows = clickHouse.query(limits.bound(query(traces)))) {
      while (rows.next()) {
        int trace = Objects.requireNonNull(numbers.get(hex(rows.getBytes(0))));
        if (rowsOfTrace.merge(trace, 1, Integer::sum) > SPANS_MAX) {
          cut = true;
        } else if (seen.add(identity(rows, trace))) {
          String service = rows.getString(4);
          spans.computeIfAbsent(trace, _ -> new ArrayList<>()).add(span(rows, service));
          attributes.addService(service, trace);
          forEachAttribute(
              rows,
              9,
              (key, value) -> attributes.add(new Attribute(service, false, key, value), trace));
          resources
              .computeIfAbsent(new Bytes(rows.getBytes(8)), _ -> new HashSet<>())
              .add(new Place(service, trace));
        }
      }
    }
    readResources(resources);
    spans.forEach((trace, ofTrace) ->
        TimedSpan.selfTimes(
            ofTrace, (span, self) -> operations.add(span.operation(), trace < selected, self)));
  }

  private static Query query(List<TraceSummary> traces) {
    long end =
        traces.stream()
            .mapToLong(trace -> end(trace.startNanos(), trace.durationNanos()))
            .max()
            .orElseThrow();
    return Query.of(SPANS)
        .with("traces", traces.stream().map(TraceSummary::traceId).toList())
        .with("from", traces.getFirst().startNanos())
        .with("to", end)
        .with("limit", SPANS_MAX + 1L);
  }

  private static String hex(byte[] id) {
    return HexFormat.of().formatHex(id);
  }

  private static Identity identity(Rows rows, int trace) {
    return new Identity(
        trace, id(rows.getBytes(1)), rows.getLong(3), rows.getLong(6), rows.getLong(7));
  }

  private static TimedSpan span(Rows rows, String service) {
    long start = rows.getLong(6);
    return new TimedSpan(
        new Operation(service, rows.getString(5)),
        id(rows.getBytes(1)),
        id(rows.getBytes(2)),
        start,
        end(start, rows.getLong(7)));
  }

  private static long end(long start, long lasted) {
    long end = start + Math.max(0, lasted);
    return end < start ? Long.MAX_VALUE : end;
  }

  private static long id(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  private void readResources(Map<Bytes, Set<Place>> places) throws ClickHouseException {
    Query query =
        Query.of(RESOURCES)
            .with("resources", places.keySet().stream().map(Bytes::toString).toList());
    try (Rows rows = clickHouse.query(limits.bound(query))) {
      while (rows.next()) {
        Set<Place> having = places.getOrDefault(new Bytes(rows.getBytes(0)), Set.of());
        forEachAttribute(
            rows,
            1,
            (key, value) ->
                having.forEach(place ->
                    attributes.add(new Attribute(place.service, true, key, value), place.trace)));
      }
    }
  }

  /// Those that can be told at a glance.
  ///
  /// @param column of the attributes; their types follow
  private static void forEachAttribute(Rows rows, int column, BiConsumer<String, String> into) {
    if (rows.get(column) instanceof MapValue attributes) {
      byte[] types = rows.getBytes(column + 1);
      for (int i = 0; i < attributes.size(); i++) {
        if ((types.length == 0 || types[i] != OTHER)
            && attributes.keys().get(i) instanceof String key
            && attributes.values().get(i) instanceof String value
            && key.length() <= TEXT_MAX
            && value.length() <= TEXT_MAX) {
          into.accept(key, value);
        }
      }
    }
  }
}
