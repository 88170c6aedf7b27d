package deepflow.server.querier.search;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Lists the names and values that conditions can use, for completion while somebody types: quick
/// and perhaps not all of them. At most five million spans are looked at.
///
/// Resources and scopes are those of the store, whenever they had spans, unless a condition
/// restricts them.
public final class TagSearch {

  private static final long ROWS_MAX = 5_000_000;

  private static final int NAMES_MAX = 5_000;
  private static final Duration TIME_MAX = Duration.ofSeconds(10);

  /// The span's own time.
  ///
  /// @param startNanos ns since 1970-01-01 UTC, both ends included
  public record Range(long startNanos, long endNanos) {
    TimeRows rows() {
      return new TimeRows(startNanos, endNanos);
    }
  }

  /// What was found.
  ///
  /// @param cut whether there may be more
  public record Found<T>(List<T> items, boolean cut) {}

  /// A value of a field.
  ///
  /// @param type as Tempo calls it: string, int, float, bool, or keyword, which stands unquoted
  public record TagValue(String type, String value) {}

  private final ClickHouse clickHouse;
  private final QueryLimits limits;
  private final TraceSearch traces;
  private final long rowsMax;

  /// Asks that ClickHouse, within those limits.
  public TagSearch(ClickHouse clickHouse, QueryLimits limits, TraceSearch traces) {
    this(clickHouse, limits, traces, ROWS_MAX);
  }

  /// @param rowsMax spans that are looked at
  TagSearch(ClickHouse clickHouse, QueryLimits limits, TraceSearch traces, long rowsMax) {
    this.rowsMax = rowsMax;
    this.clickHouse = clickHouse;
    this.limits = limits;
    this.traces = traces;
  }

  /// The names of intrinsics.
  public static List<String> intrinsics() {
    return TraceQl.INTRINSICS.keySet().stream().sorted().toList();
  }

  /// The keys of attributes, by name.
  public Found<String> keys(Scope scope, Range range) throws ClickHouseException {
    return switch (scope) {
      case SPAN -> keys("deepflow.spans WHERE ", range);
      case RESOURCE -> keys("deepflow.resources", range);
      case EITHER -> {
        Found<String> spans = keys(Scope.SPAN, range);
        Found<String> resources = keys(Scope.RESOURCE, range);
        Set<String> all = new TreeSet<>(spans.items);
        all.addAll(resources.items);
        yield new Found<>(List.copyOf(all), spans.cut || resources.cut);
      }
    };
  }

  private Found<String> keys(String table, Range range) throws ClickHouseException {
    boolean ofSpans = table.endsWith("WHERE ");
    Bindings bindings = new Bindings();
    String sql =
        "SELECT arrayJoin(arraySort(groupUniqArrayArray(%s)(mapKeys(attributes)))) FROM %s%s"
            .formatted(NAMES_MAX + 1, table, ofSpans ? range.rows().sql(bindings) : "");
    List<String> keys = new ArrayList<>();
    try (Rows rows = clickHouse.query(bounded(Statements.query(sql, bindings, limits)))) {
      while (rows.next()) {
        keys.add(rows.getString(0));
      }
    }
    boolean cut = keys.size() > NAMES_MAX;
    return new Found<>(
        cut ? keys.subList(0, NAMES_MAX) : keys, cut || (ofSpans && isTooMuch(range)));
  }

  /// The values of a field, the most frequent first: those of most spans, or of most resources,
  /// scopes or traces, whose fields they are.
  ///
  /// @param condition what else must hold for the span
  /// @param limit how many at most
  public Found<TagValue> values(Field field, SpanCondition condition, Range range, int limit)
      throws ClickHouseException {
    try {
      return read(field, readable(condition), range, limit);
    } catch (ClickHouseException e) {
      throw Statements.checked(e);
    }
  }

  private Found<TagValue> read(Field field, SpanCondition condition, Range range, int limit)
      throws ClickHouseException {
    return switch (field) {
      case Attribute(Scope scope, String key) ->
          switch (scope) {
            case SPAN -> ofSpans(key, condition, range, limit);
            case RESOURCE -> ofResources(key, condition, range, limit);
            case EITHER ->
                both(
                    ofSpans(key, condition, range, limit),
                    ofResources(key, condition, range, limit),
                    limit);
          };
      case Intrinsic intrinsic -> ofIntrinsic(intrinsic, condition, range, limit);
    };
  }

  /// What was found in spans, or by them.
  private <T> Found<T> bySpans(Found<T> found, Range range) throws ClickHouseException {
    return new Found<>(found.items, found.cut || isTooMuch(range));
  }

  private static Found<TagValue> both(Found<TagValue> one, Found<TagValue> other, int limit) {
    Set<TagValue> all = new LinkedHashSet<>(one.items);
    all.addAll(other.items);
    return new Found<>(
        all.stream().limit(limit).toList(), one.cut || other.cut || all.size() > limit);
  }

  private Found<TagValue> ofSpans(String key, SpanCondition condition, Range range, int limit)
      throws ClickHouseException {
    Bindings bindings = new Bindings();
    String pairs = pairs(AttributeSql.ofSpans(bindings), key);
    return ofSpans(pairs, condition, range, bindings, limit);
  }

  private Found<TagValue> ofSpans(
      String pair, SpanCondition condition, Range range, Bindings bindings, int limit)
      throws ClickHouseException {
    String select =
        "%s FROM deepflow.spans WHERE %s".formatted(pair, spans(condition, range, bindings));
    return bySpans(values(select, "count()", bindings, limit), range);
  }

  private Found<TagValue> ofResources(String key, SpanCondition condition, Range range, int limit)
      throws ClickHouseException {
    Bindings bindings = new Bindings();
    String select =
        "%s, resource_id FROM deepflow.resources"
            .formatted(pairs(AttributeSql.ofResources(bindings), key));
    return ofEnvelopes(select, "resource_id", condition, range, bindings, limit);
  }

  /// Of what spans have in common and name by its id.
  private Found<TagValue> ofEnvelopes(
      String select, String id, SpanCondition condition, Range range, Bindings bindings, int limit)
      throws ClickHouseException {
    String count = "uniq(%s)".formatted(id);
    if (condition.comparisons().isEmpty()) {
      return values(select, count, bindings, limit);
    }
    String restricted = " WHERE " + isOfSpans(id, condition, range, bindings);
    return bySpans(values(select + restricted, count, bindings, limit), range);
  }

  private String isOfSpans(String id, SpanCondition condition, Range range, Bindings bindings)
      throws ClickHouseException {
    return "%1$s IN (SELECT %1$s FROM deepflow.spans WHERE %2$s)"
        .formatted(id, spans(condition, range, bindings));
  }

  private static String pairs(AttributeSql attributes, String key) {
    return "arrayJoin(%s) AS pair, pair.1 AS type, pair.2 AS value"
        .formatted(attributes.pairs(key));
  }

  private Found<TagValue> ofIntrinsic(
      Intrinsic field, SpanCondition condition, Range range, int limit) throws ClickHouseException {
    return switch (field) {
      case NAME -> ofColumn("name", condition, range, limit);
      case SERVICE -> ofColumn("service", condition, range, limit);
      case STATUS_MESSAGE -> ofColumn("status_message", condition, range, limit);
      case EVENT_NAME -> ofColumn("arrayJoin(event_names)", condition, range, limit);
      case ROOT_NAME -> ofTraces("root_name", condition, range, limit);
      case ROOT_SERVICE -> ofTraces("root_service", condition, range, limit);
      case INSTRUMENTATION_NAME -> ofScopes("name", condition, range, limit);
      case INSTRUMENTATION_VERSION -> ofScopes("version", condition, range, limit);
      case STATUS -> keywords(Stream.of(Value.Status.values()));
      case KIND -> keywords(Stream.of(Value.Kind.values()));
      case FAILED, DURATION, TRACE_DURATION, SPAN_ID, PARENT_ID, TRACE_ID ->
          new Found<>(List.of(), false);
    };
  }

  private static Found<TagValue> keywords(Stream<? extends Enum<?>> words) {
    return new Found<>(
        words.map(word -> new TagValue("keyword", word.name().toLowerCase(Locale.ROOT))).toList(),
        false);
  }

  private Found<TagValue> ofColumn(String column, SpanCondition condition, Range range, int limit)
      throws ClickHouseException {
    return ofSpans(pair(column), condition, range, new Bindings(), limit);
  }

  private static String pair(String column) {
    return "'s' AS type, %s AS value".formatted(column);
  }

  private Found<TagValue> ofTraces(String column, SpanCondition condition, Range range, int limit)
      throws ClickHouseException {
    Bindings bindings = new Bindings();
    boolean all = condition.comparisons().isEmpty();
    String select =
        "%s, trace_id FROM deepflow.trace_index WHERE %s AND has_root = 1 AND %s"
            .formatted(
                pair(column),
                (all ? range.rows() : ofTraces(range)).sql(bindings),
                all ? "1" : isOfSpans("trace_id", condition, range, bindings));
    return bySpans(values(select, "uniq(trace_id)", bindings, limit), range);
  }

  private Found<TagValue> ofScopes(String column, SpanCondition condition, Range range, int limit)
      throws ClickHouseException {
    String select = pair(column) + ", scope_id FROM deepflow.scopes";
    return ofEnvelopes(select, "scope_id", condition, range, new Bindings(), limit);
  }

  /// The condition on a row of `spans`.
  private String spans(SpanCondition condition, Range range, Bindings bindings)
      throws ClickHouseException {
    ConditionSql sql = new ConditionSql(bindings, ofTraces(range), traces.resourceKeys(condition));
    return "%s AND %s".formatted(range.rows().sql(bindings), sql.ofSpanAnywhere(condition));
  }

  /// What a trace is, its spans before and after the time say, too.
  private static TimeRows ofTraces(Range range) {
    return range.rows().widened(TraceSummaries.TRACE_LENGTH);
  }

  /// Somebody still types at it: one whose pattern can't be read restricts nothing.
  private SpanCondition readable(SpanCondition condition) throws ClickHouseException {
    try {
      traces.checkPatterns(condition);
      return condition;
    } catch (SearchException _) {
      return SpanCondition.ANY;
    }
  }

  /// Empty values, and those that are no simple value, are left out: nobody can complete them.
  ///
  /// @param count SQL of how frequent one is
  private Found<TagValue> values(String select, String count, Bindings bindings, int limit)
      throws ClickHouseException {
    String sql =
        "SELECT type, value FROM (SELECT %s) WHERE value != '' AND type != 'o' GROUP BY type, value ORDER BY %s DESC, value, type LIMIT %s"
            .formatted(select, count, bindings.number(limit + 1L));
    List<TagValue> values = new ArrayList<>();
    try (Rows rows = clickHouse.query(bounded(Statements.query(sql, bindings, limits)))) {
      while (rows.next()) {
        values.add(new TagValue(type(rows.getString(0)), rows.getString(1)));
      }
    }
    boolean more = values.size() > limit;
    return new Found<>(more ? values.subList(0, limit) : values, more);
  }

  private static String type(String letter) {
    return switch (TypedAttribute.Type.of(letter.charAt(0))) {
      case STRING, OTHER -> "string";
      case INT -> "int";
      case DOUBLE -> "float";
      case BOOL -> "bool";
    };
  }

  /// Whether the range has more spans than are looked at.
  private boolean isTooMuch(Range range) throws ClickHouseException {
    Bindings bindings = new Bindings();
    String sql =
        "SELECT count() FROM (SELECT 1 FROM deepflow.spans WHERE %s LIMIT %s)"
            .formatted(range.rows().sql(bindings), bindings.number(rowsMax + 1));
    try (Rows rows = clickHouse.query(Statements.query(sql, bindings, limits))) {
      return rows.next() && rows.getLong(0) > rowsMax;
    }
  }

  private Query bounded(Query query) {
    return query
        .setting("max_rows_to_read", rowsMax)
        .setting("read_overflow_mode", "break")
        .setting("max_execution_time", TIME_MAX.toSeconds());
  }
}
