package deepflow.server.querier.search;

import deepflow.clickhouse.MapValue;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.semconv.Kinds;
import deepflow.server.semconv.Renames;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/// A row of `spans` that fulfils a condition, as far as answers tell of it.
///
/// @param spanId 16 hexadecimal digits
/// @param resourceId 32 hexadecimal digits
/// @param attributes none when nobody wants to know them
record MatchedRow(
    String spanId,
    String name,
    long startNanos,
    long durationNanos,
    int kind,
    int status,
    String statusMessage,
    String service,
    String resourceId,
    Attributes attributes) {

  static final Comparator<MatchedRow> ORDER =
      Comparator.comparingLong(MatchedRow::startNanos)
          .thenComparing(MatchedRow::spanId)
          .thenComparingInt(MatchedRow::kind);

  /// They are most of a span: nobody reads them who doesn't ask for them.
  private static final String NO_ATTRIBUTES = "CAST(map() AS Map(LowCardinality(String), String))";

  /// Attributes of a row, as its columns have them.
  record Attributes(MapValue values, String types) {

    /// Of a resource: by the first of its names that is there, as the sender calls it.
    Optional<TypedAttribute> find(String name) {
      return find(name, kinds -> kinds == Kinds.ANY);
    }

    private Optional<TypedAttribute> find(String name, Predicate<Kinds> apply) {
      return Renames.of(name).stream()
          .filter(reading -> apply.test(reading.kinds()))
          .flatMap(reading -> ofKey(reading.key()).stream())
          .findFirst();
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

  /// The expression that gives what [#of] takes.
  ///
  /// @param query whose condition the row fulfils
  static String sql(TraceQuery query) {
    return "tuple(lower(hex(span_id)), name, toUnixTimestamp64Nano(start_time), duration, kind, status_code, status_message, service, lower(hex(resource_id)), %s)"
        .formatted(
            query.spansPerTrace() > 0 && namesAttributes(query.condition())
                ? "attributes, attribute_types"
                : NO_ATTRIBUTES + ", ''");
  }

  private static boolean namesAttributes(SpanCondition condition) {
    return condition.comparisons().stream()
        .anyMatch(c -> c.field() instanceof Attribute a && a.scope() != Scope.RESOURCE);
  }

  /// @param tuple the value of [#sql]
  static MatchedRow of(Object tuple) {
    List<?> values = (List<?>) tuple;
    return new MatchedRow(
        text(values, 0),
        text(values, 1),
        number(values, 2),
        number(values, 3),
        (int) number(values, 4),
        (int) number(values, 5),
        text(values, 6),
        text(values, 7),
        text(values, 8),
        new Attributes((MapValue) Objects.requireNonNull(values.get(9)), text(values, 10)));
  }

  private static String text(List<?> values, int at) {
    return (String) Objects.requireNonNull(values.get(at));
  }

  private static long number(List<?> values, int at) {
    return ((Number) Objects.requireNonNull(values.get(at))).longValue();
  }

  /// The span's, likewise, of the names that mean the same for its kind.
  Optional<TypedAttribute> attribute(String name) {
    return attributes.find(name, kinds -> kinds.include(kind));
  }
}
