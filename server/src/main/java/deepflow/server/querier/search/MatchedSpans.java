package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.MapValue;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.MatchedRow.Attributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.UnaryOperator;

/// The spans for which traces were found. A span that was sent twice counts once: traces that have
/// such spans are few, and only those are read with all that the sender said.
final class MatchedSpans {

  private final ClickHouse clickHouse;
  private final QueryLimits limits;

  MatchedSpans(ClickHouse clickHouse, QueryLimits limits) {
    this.clickHouse = clickHouse;
    this.limits = limits;
  }

  /// Whether a query asks for them at all.
  static boolean areWanted(TraceQuery query) {
    return !query.condition().isOfTraces() || query.spansPerTrace() > 0;
  }

  /// Adds to each trace how many of its spans fulfil the condition, and the first of them, as far
  /// as the query wants to know.
  ///
  /// @param known what need not be asked for
  /// @param repeated see [SpanCounts#repeated]
  List<FoundTrace> addTo(
      List<TraceSummary> traces,
      TraceQuery query,
      Set<String> resourceKeys,
      Matches known,
      Meanwhile<Set<String>> repeated)
      throws ClickHouseException {
    if (!areWanted(query)) {
      return traces.stream().map(trace -> new FoundTrace(trace, 0, List.of())).toList();
    }
    Map<String, First> found = new HashMap<>();
    List<TraceSummary> unknown = new ArrayList<>();
    for (TraceSummary trace : traces) {
      List<MatchedRow> rows = known.of(trace);
      if (rows == null) {
        unknown.add(trace);
      } else {
        found.put(trace.traceId(), First.of(rows, query.spansPerTrace()));
      }
    }
    found.putAll(ask(unknown, query, resourceKeys, SpansOfTraces::each));
    Set<String> several = repeated.get();
    unknown.removeIf(trace -> !several.contains(trace.traceId()));
    found.putAll(ask(unknown, query, resourceKeys, SpansOfTraces::once));
    return shown(traces, found, query.condition());
  }

  /// @param rows says what stands behind FROM for the rows of a condition
  private Map<String, First> ask(
      List<TraceSummary> traces,
      TraceQuery query,
      Set<String> resourceKeys,
      UnaryOperator<String> rows)
      throws ClickHouseException {
    if (traces.isEmpty()) {
      return Map.of();
    }
    Bindings bindings = new Bindings();
    String from = rows.apply(where(traces, query, resourceKeys, bindings));
    return query.spansPerTrace() > 0 ? spans(query, from, bindings) : counts(from, bindings);
  }

  private static String where(
      List<TraceSummary> traces, TraceQuery query, Set<String> resourceKeys, Bindings bindings) {
    return "%s AND %s"
        .formatted(
            SpansOfTraces.sql(traces, bindings),
            new ConditionSql(bindings, TimeRows.of(traces), resourceKeys)
                .ofSpan(query.condition()));
  }

  private Map<String, First> counts(String from, Bindings bindings) throws ClickHouseException {
    String sql = "SELECT lower(hex(trace_id)), count() FROM %s GROUP BY trace_id".formatted(from);
    Map<String, First> counts = new HashMap<>();
    try (Rows rows = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      while (rows.next()) {
        counts.put(rows.getString(0), new First(0, rows.getLong(1)));
      }
    }
    return counts;
  }

  /// The first spans of a trace, and how many there are in all.
  private static final class First {
    private final int max;

    /// The last one is the first to go.
    private final PriorityQueue<MatchedRow> rows = new PriorityQueue<>(MatchedRow.ORDER.reversed());

    private long count;

    First(int max, long count) {
      this.max = max;
      this.count = count;
    }

    static First of(List<MatchedRow> rows, int max) {
      var first = new First(max, 0);
      rows.forEach(first::add);
      return first;
    }

    void add(MatchedRow row) {
      count++;
      rows.add(row);
      if (rows.size() > max) {
        rows.remove();
      }
    }

    List<MatchedRow> rows() {
      return rows.stream().sorted(MatchedRow.ORDER).toList();
    }
  }

  private Map<String, First> spans(TraceQuery query, String from, Bindings bindings)
      throws ClickHouseException {
    String sql = "SELECT lower(hex(trace_id)), %s FROM %s".formatted(MatchedRow.sql(query), from);
    // To sort and count them here spares the engine the planning of it, which takes longer.
    Map<String, First> found = new HashMap<>();
    try (Rows rows = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      while (rows.next()) {
        found
            .computeIfAbsent(rows.getString(0), _ -> new First(query.spansPerTrace(), 0))
            .add(MatchedRow.of(Objects.requireNonNull(rows.get(1))));
      }
    }
    return found;
  }

  private List<FoundTrace> shown(
      List<TraceSummary> traces, Map<String, First> found, SpanCondition condition)
      throws ClickHouseException {
    Set<Field> fields = new LinkedHashSet<>();
    condition.comparisons().forEach(comparison -> fields.add(comparison.field()));
    List<MatchedRow> rows = found.values().stream().flatMap(first -> first.rows.stream()).toList();
    boolean resourcesWanted =
        fields.stream().anyMatch(f -> f instanceof Attribute a && a.scope() != Scope.SPAN);
    Map<String, Attributes> resources =
        resourcesWanted && !rows.isEmpty() ? resources(rows) : Map.of();
    List<FoundTrace> shown = new ArrayList<>();
    for (TraceSummary trace : traces) {
      First first = found.getOrDefault(trace.traceId(), new First(0, 0));
      List<FoundSpan> spans =
          first.rows().stream().map(row -> span(row, fields, resources)).toList();
      shown.add(new FoundTrace(trace, first.count, spans));
    }
    return shown;
  }

  private static FoundSpan span(
      MatchedRow row, Set<Field> fields, Map<String, Attributes> resources) {
    List<TypedAttribute> named = new ArrayList<>();
    fields.forEach(field ->
        named(field, row, Optional.ofNullable(resources.get(row.resourceId())))
            .ifPresent(named::add));
    return new FoundSpan(row.spanId(), row.name(), row.startNanos(), row.durationNanos(), named);
  }

  private static Optional<TypedAttribute> named(
      Field field, MatchedRow row, Optional<Attributes> resource) {
    return switch (field) {
      case Attribute(Scope scope, String key) ->
          switch (scope) {
            case SPAN -> row.attribute(key);
            case RESOURCE -> resource.flatMap(r -> r.find(key));
            case EITHER -> row.attribute(key).or(() -> resource.flatMap(r -> r.find(key)));
          };
      case Intrinsic intrinsic ->
          switch (intrinsic) {
            case STATUS -> Optional.of(word("status", Value.Status.values(), row.status()));
            case KIND -> Optional.of(word("kind", Value.Kind.values(), row.kind()));
            case STATUS_MESSAGE -> Optional.of(text("statusMessage", row.statusMessage()));
            case SERVICE -> Optional.of(text("service.name", row.service()));
            case NAME,
                FAILED,
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

  private Map<String, Attributes> resources(List<MatchedRow> spans) throws ClickHouseException {
    Set<String> ids = new HashSet<>();
    spans.forEach(span -> ids.add(span.resourceId()));
    Bindings bindings = new Bindings();
    String sql =
        ("SELECT lower(hex(resource_id)), attributes, attribute_types FROM deepflow.resources"
                + " WHERE resource_id IN (SELECT toFixedString(unhex(arrayJoin(%s)), 16))"
                + " LIMIT 1 BY resource_id")
            .formatted(bindings.bindTexts("String", ids));
    Map<String, Attributes> resources = new HashMap<>();
    try (Rows rows = clickHouse.query(Statements.lookUp(sql, bindings, limits))) {
      while (rows.next()) {
        MapValue values = (MapValue) Objects.requireNonNull(rows.get(1));
        resources.put(rows.getString(0), new Attributes(values, rows.getString(2)));
      }
    }
    return resources;
  }
}
