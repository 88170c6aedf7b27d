package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.MapValue;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.semconv.Renames;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/// The spans for which traces were found. Spans of the same id, kind, start, duration and name are
/// one that is stored twice.
final class MatchedSpans {

  private static final String IDENTITY = "span_id, kind, start_time, duration, name";

  private static final String ATTRIBUTES = "attributes AS named, attribute_types AS types";

  /// They are most of a span: nobody reads them who doesn't ask for them.
  private static final String NO_ATTRIBUTES =
      "CAST(map() AS Map(LowCardinality(String), String)) AS named, '' AS types";

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  MatchedSpans(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// Of one trace.
  ///
  /// @param count of all that fulfil the condition
  private record Matched(long count, List<FoundSpan> first) {
    static final Matched NONE = new Matched(0, List.of());

    FoundTrace of(TraceSummary trace) {
      return new FoundTrace(trace, count, first);
    }
  }

  /// Attributes of a row, as its columns have them.
  private record Attributes(MapValue values, String types) {

    /// By the first of its names that is there, as the sender calls it.
    Optional<TypedAttribute> find(String name) {
      return Renames.keys(name).stream().flatMap(key -> ofKey(key).stream()).findFirst();
    }

    /// Of a key that is there twice the last counts.
    private Optional<TypedAttribute> ofKey(String key) {
      int at = values.keys().lastIndexOf(key);
      if (at < 0) {
        return Optional.empty();
      }
      TypedAttribute.Type type =
          types.isEmpty() ? TypedAttribute.Type.STRING : TypedAttribute.Type.of(types.charAt(at));
      String value =
          type == TypedAttribute.Type.OTHER ? "" : Objects.toString(values.values().get(at));
      return Optional.of(new TypedAttribute(key, type, value));
    }
  }

  /// Adds to each trace how many of its spans fulfil the condition, and the first of them, as far
  /// as the query wants to know.
  List<FoundTrace> addTo(List<TraceSummary> traces, TraceQuery query, Set<String> resourceKeys)
      throws ClickHouseException {
    boolean wanted = !query.condition().isOfTraces() || query.spansPerTrace() > 0;
    if (!wanted || traces.isEmpty()) {
      return traces.stream().map(trace -> new FoundTrace(trace, 0, List.of())).toList();
    }
    Map<String, Matched> matched =
        query.spansPerTrace() > 0
            ? spans(traces, query, resourceKeys)
            : counts(traces, query, resourceKeys);
    return traces.stream()
        .map(trace -> matched.getOrDefault(trace.traceId(), Matched.NONE).of(trace))
        .toList();
  }

  private static String where(
      List<TraceSummary> traces, TraceQuery query, Set<String> resourceKeys, Bindings bindings) {
    return "%s AND %s"
        .formatted(
            SpansOfTraces.sql(traces, bindings),
            new ConditionSql(bindings, TimeRows.of(traces), resourceKeys)
                .ofSpan(query.condition()));
  }

  private Map<String, Matched> counts(
      List<TraceSummary> traces, TraceQuery query, Set<String> resourceKeys)
      throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql =
        "SELECT lower(hex(trace_id)), uniqExact(%s) FROM deepflow.spans WHERE %s GROUP BY trace_id"
            .formatted(IDENTITY, where(traces, query, resourceKeys, bindings));
    Map<String, Matched> counts = new HashMap<>();
    try (Rows rows = clickHouse.query(bindings.query(sql, limits))) {
      while (rows.next()) {
        counts.put(rows.getString(0), new Matched(rows.getLong(1), List.of()));
      }
    }
    return counts;
  }

  private record Row(
      String traceId,
      String spanId,
      String name,
      long startNanos,
      long durationNanos,
      int kind,
      int status,
      String statusMessage,
      String service,
      String resourceId,
      Attributes attributes) {}

  /// The first spans of a trace, and how many there are in all.
  private static final class First {
    private static final Comparator<Row> ORDER =
        Comparator.comparingLong(Row::startNanos)
            .thenComparing(Row::spanId)
            .thenComparingInt(Row::kind);

    private final int max;

    /// The last one is the first to go.
    private final PriorityQueue<Row> rows = new PriorityQueue<>(ORDER.reversed());

    private long count;

    First(int max) {
      this.max = max;
    }

    void add(Row row) {
      count++;
      rows.add(row);
      if (rows.size() > max) {
        rows.remove();
      }
    }

    List<Row> rows() {
      return rows.stream().sorted(ORDER).toList();
    }
  }

  private Map<String, Matched> spans(
      List<TraceSummary> traces, TraceQuery query, Set<String> resourceKeys)
      throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql =
        """
        SELECT trace_id, span_id, name, toUnixTimestamp64Nano(start_time), duration, kind,
          status_code, status_message, service, resource_id, %s
        FROM deepflow.spans
        WHERE %s
        LIMIT 1 BY trace_id, %s
        """
            .formatted(
                namesAttributes(query.condition()) ? ATTRIBUTES : NO_ATTRIBUTES,
                where(traces, query, resourceKeys, bindings),
                IDENTITY);
    // To sort and count them here spares the engine the planning of it, which takes longer.
    Map<String, First> found = new HashMap<>();
    try (Rows rows = clickHouse.query(bindings.query(sql, limits))) {
      while (rows.next()) {
        Row row = row(rows);
        found.computeIfAbsent(row.traceId, _ -> new First(query.spansPerTrace())).add(row);
      }
    }
    return named(found, query.condition());
  }

  private static boolean namesAttributes(SpanCondition condition) {
    return condition.comparisons().stream()
        .anyMatch(c -> c.field() instanceof Attribute a && a.scope() != Scope.RESOURCE);
  }

  private static Row row(Rows rows) {
    HexFormat hex = HexFormat.of();
    return new Row(
        hex.formatHex(rows.getBytes(0)),
        hex.formatHex(rows.getBytes(1)),
        rows.getString(2),
        rows.getLong(3),
        rows.getLong(4),
        (int) rows.getLong(5),
        (int) rows.getLong(6),
        rows.getString(7),
        rows.getString(8),
        hex.formatHex(rows.getBytes(9)),
        attributes(rows, 10));
  }

  private static Attributes attributes(Rows rows, int column) {
    MapValue values = (MapValue) Objects.requireNonNull(rows.get(column));
    return new Attributes(values, rows.getString(column + 1));
  }

  private Map<String, Matched> named(Map<String, First> found, SpanCondition condition)
      throws ClickHouseException {
    Set<Field> fields = new LinkedHashSet<>();
    condition.comparisons().forEach(comparison -> fields.add(comparison.field()));
    boolean resourcesWanted =
        fields.stream().anyMatch(f -> f instanceof Attribute a && a.scope() != Scope.SPAN);
    Map<String, Attributes> resources =
        resourcesWanted
            ? resources(found.values().stream().flatMap(first -> first.rows.stream()).toList())
            : Map.of();
    Map<String, Matched> spans = new HashMap<>();
    found.forEach((traceId, first) -> {
      List<FoundSpan> shown =
          first.rows().stream().map(row -> span(row, fields, resources)).toList();
      spans.put(traceId, new Matched(first.count, shown));
    });
    return spans;
  }

  private static FoundSpan span(Row row, Set<Field> fields, Map<String, Attributes> resources) {
    List<TypedAttribute> named = new ArrayList<>();
    fields.forEach(field ->
        named(field, row, Optional.ofNullable(resources.get(row.resourceId)))
            .ifPresent(named::add));
    return new FoundSpan(row.spanId, row.name, row.startNanos, row.durationNanos, named);
  }

  private static Optional<TypedAttribute> named(
      Field field, Row row, Optional<Attributes> resource) {
    return switch (field) {
      case Attribute(Scope scope, String key) ->
          switch (scope) {
            case SPAN -> row.attributes.find(key);
            case RESOURCE -> resource.flatMap(r -> r.find(key));
            case EITHER -> row.attributes.find(key).or(() -> resource.flatMap(r -> r.find(key)));
          };
      case Intrinsic intrinsic ->
          switch (intrinsic) {
            case STATUS -> Optional.of(word("status", Value.Status.values(), row.status));
            case KIND -> Optional.of(word("kind", Value.Kind.values(), row.kind));
            case STATUS_MESSAGE -> Optional.of(text("statusMessage", row.statusMessage));
            case SERVICE -> Optional.of(text("service.name", row.service));
            case NAME,
                DURATION,
                SPAN_ID,
                PARENT_ID,
                TRACE_ID,
                EVENT_NAME,
                INSTRUMENTATION_NAME,
                INSTRUMENTATION_VERSION,
                TRACE_DURATION,
                ROOT_NAME,
                ROOT_SERVICE ->
                Optional.empty();
          };
    };
  }

  private static TypedAttribute text(String key, String value) {
    return new TypedAttribute(key, TypedAttribute.Type.STRING, value);
  }

  /// A number that OTLP doesn't define stands for itself.
  private static TypedAttribute word(String key, Enum<?>[] words, int code) {
    boolean known = code >= 0 && code < words.length;
    return text(key, known ? words[code].name().toLowerCase(Locale.ROOT) : Integer.toString(code));
  }

  private Map<String, Attributes> resources(List<Row> spans) throws ClickHouseException {
    Set<String> ids = new HashSet<>();
    spans.forEach(span -> ids.add(span.resourceId));
    Bindings bindings = new Bindings();
    String sql =
        ("SELECT lower(hex(resource_id)), attributes, attribute_types FROM deepflow.resources"
                + " WHERE resource_id IN (SELECT toFixedString(unhex(arrayJoin(%s)), 16))"
                + " LIMIT 1 BY resource_id")
            .formatted(bindings.digits(ids));
    Map<String, Attributes> resources = new HashMap<>();
    try (Rows rows = clickHouse.query(bindings.query(sql, limits))) {
      while (rows.next()) {
        resources.put(rows.getString(0), attributes(rows, 1));
      }
    }
    return resources;
  }
}
