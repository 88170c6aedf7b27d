package deepflow.server.querier.search;

import deepflow.server.querier.Bindings;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.semconv.Renames;
import deepflow.server.storage.RedSpan;
import deepflow.server.storage.SpanOrder;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Says a condition in ClickHouse's SQL.
///
/// What is known of attributes is what the columns hold. A span whose attributes are no clean OTLP
/// (a key or a value that is there twice inside of one attribute) is searched by the last of them.
final class ConditionSql {

  /// A trace's columns, grouped by its id.
  static final String STARTED = "min(toUnixTimestamp64Nano(start_time))";

  /// A trace's end, which isn't before its last start: rows that were stored long ago can say so of
  /// a span without an end.
  static final String ENDED =
      "greatest(max(toUnixTimestamp64Nano(end_time)), max(toUnixTimestamp64Nano(start_time)))";

  /// The root of the block that has the trace's begin; service and name are its second and third.
  static final String ROOT = "minIf((start_time, root_service, root_name), has_root = 1)";

  private final Bindings bindings;
  private final TimeRows rows;
  private final TimeRows ofTraces;
  private final Set<String> resourceKeys;
  private final AttributeSql attributes;
  private final AttributeSql ofResources;

  /// @param rows those of `trace_index` that tell about traces
  /// @param resourceKeys the keys that any resource has: others are looked for in spans only, where
  ///   an index serves
  ConditionSql(Bindings bindings, TimeRows rows, Set<String> resourceKeys) {
    this(bindings, rows, rows, resourceKeys);
  }

  /// For some of the spans.
  ///
  /// @param rows of whole steps, in which these spans are
  /// @param ofTraces those that tell about their traces
  ConditionSql(Bindings bindings, TimeRows rows, TimeRows ofTraces, Set<String> resourceKeys) {
    this.bindings = bindings;
    this.rows = rows;
    this.ofTraces = ofTraces;
    this.resourceKeys = resourceKeys;
    this.attributes = AttributeSql.ofSpans(bindings);
    this.ofResources = AttributeSql.ofResources(bindings);
  }

  /// A condition on a row of `spans`, beside which the steps are told that such a row can be of.
  String ofSpanAnywhere(SpanCondition condition) {
    NeededValues values = NeededValues.of(condition, resourceKeys);
    return values.isEmpty()
        ? ofSpan(condition)
        : "%s AND %s".formatted(values.isPossible(rows, bindings), ofSpan(condition));
  }

  /// A condition on a row of `spans`.
  String ofSpan(SpanCondition condition) {
    if (condition.isOfTraces() && !condition.comparisons().isEmpty()) {
      return "trace_id IN (SELECT trace_id FROM deepflow.trace_index WHERE %s GROUP BY trace_id HAVING %s)"
          .formatted(ofTraces(), ofTrace(condition));
    }
    return switch (condition) {
      case SpanCondition.And and ->
          joined(cheapFirst(and.operands()).map(this::ofSpan).toList(), "AND");
      case SpanCondition.Or or -> joined(or.operands().stream().map(this::ofSpan).toList(), "OR");
      case SpanCondition.Not not -> "NOT %s".formatted(ofSpan(not.operand()));
      case SpanCondition.Comparison c ->
          switch (c.field()) {
            case Attribute attribute -> attribute(attribute, c.operator(), c.value());
            case Intrinsic intrinsic -> intrinsic(intrinsic, c.operator(), c.value());
          };
    };
  }

  /// All that tells about the traces, but of no others: of a long time there are many.
  private String ofTraces() {
    String all = ofTraces.sql(bindings);
    return rows.equals(ofTraces)
        ? all
        : "%s AND trace_id IN (SELECT trace_id FROM deepflow.trace_index WHERE %s)"
            .formatted(all, rows.sql(bindings));
  }

  /// Attributes are read only where the rest holds: they are most of a span.
  private static Stream<SpanCondition> cheapFirst(List<SpanCondition> operands) {
    return operands.stream()
        .sorted(
            Comparator.comparing(operand ->
                operand.comparisons().stream().anyMatch(c -> c.field() instanceof Attribute)));
  }

  /// A condition on rows of `trace_index`, grouped by trace.
  ///
  /// @param condition one that is about traces only
  String ofTrace(SpanCondition condition) {
    return switch (condition) {
      case SpanCondition.And and ->
          joined(and.operands().stream().map(this::ofTrace).toList(), "AND");
      case SpanCondition.Or or -> joined(or.operands().stream().map(this::ofTrace).toList(), "OR");
      case SpanCondition.Not not -> "NOT %s".formatted(ofTrace(not.operand()));
      case SpanCondition.Comparison c -> intrinsic((Intrinsic) c.field(), c.operator(), c.value());
    };
  }

  private static String joined(List<String> operands, String word) {
    if (operands.isEmpty()) {
      return word.equals("AND") ? "1" : "0";
    }
    return operands.stream().collect(Collectors.joining(" " + word + " ", "(", ")"));
  }

  private String intrinsic(Intrinsic field, Operator operator, Value value) {
    return switch (field) {
      case NAME -> text("name", operator, value);
      case STATUS_MESSAGE -> text("status_message", operator, value);
      case SERVICE -> name("service", "service != ''", operator, value);
      case STATUS -> "status_code %s %s".formatted(operator.sign(), ((Value.Status) value).code());
      case FAILED ->
          "%s %s %s".formatted(RedSpan.FAILED, operator.sign(), ((Value.Truth) value).truth());
      case KIND -> "kind %s %s".formatted(operator.sign(), ((Value.Kind) value).code());
      case DURATION -> attributes.number("duration", operator, value);
      case SPAN_ID -> id("span_id", 16, operator, value);
      case PARENT_ID -> parentId(operator, value);
      case TRACE_ID -> traceId(operator, value);
      case EVENT_NAME -> eventName(operator, value);
      case INSTRUMENTATION_NAME -> ofScope("name", operator, value);
      case INSTRUMENTATION_VERSION -> ofScope("version", operator, value);
      case TRACE_DURATION ->
          attributes.number("%s - %s".formatted(ENDED, STARTED), operator, value);
      case ROOT_SERVICE -> name(ROOT + ".2", "max(has_root) = 1", operator, value);
      case ROOT_NAME -> name(ROOT + ".3", "max(has_root) = 1", operator, value);
    };
  }

  private String text(String expression, Operator operator, Value value) {
    return attributes.text(expression, operator, ((Value.Text) value).text());
  }

  /// A text that can be missing.
  private String name(String expression, String exists, Operator operator, Value value) {
    if (value == Value.Nil.NIL) {
      return operator == Operator.EQUAL ? "NOT (%s)".formatted(exists) : exists;
    }
    String test = text(expression, operator, value);
    boolean isThere = operator == Operator.EQUAL && !value.equals(new Value.Text(""));
    return isThere ? test : "(%s AND %s)".formatted(exists, test);
  }

  private String id(String column, int digits, Operator operator, Value value) {
    return id(column, "lower(hex(%s))".formatted(column), digits, operator, value);
  }

  /// An id that is asked for whole is compared as bytes, which finds it by index.
  ///
  /// @param shown SQL of the text that is compared with anything else
  private String id(String column, String shown, int digits, Operator operator, Value value) {
    String id = ((Value.Text) value).text();
    if (operator.isEquality() && id.matches("[0-9a-fA-F]{1," + digits + "}")) {
      String whole = "0".repeat(digits - id.length()) + id;
      return "%s %s unhex(%s)".formatted(column, operator.sign(), bindings.text(whole));
    }
    return attributes.text(shown, operator, id);
  }

  /// Spans of a trace are found through `trace_index`.
  private String traceId(Operator operator, Value value) {
    String condition = id("trace_id", 32, operator, value);
    return operator == Operator.EQUAL ? SpanOrder.ofTraces(condition) : condition;
  }

  /// A root's is an empty text, and no id at all: not that of zeros, which stands for it.
  private String parentId(Operator operator, Value value) {
    String shown = "if(parent_span_id = toFixedString('', 8), '', lower(hex(parent_span_id)))";
    boolean none = ((Value.Text) value).text().matches("0*");
    return none ? text(shown, operator, value) : id("parent_span_id", shown, 16, operator, value);
  }

  private String eventName(Operator operator, Value value) {
    if (value == Value.Nil.NIL) {
      return operator == Operator.EQUAL ? "empty(event_names)" : "notEmpty(event_names)";
    }
    return "arrayExists(e -> %s, event_names)".formatted(text("e", operator, value));
  }

  private String ofScope(String column, Operator operator, Value value) {
    return "scope_id IN (SELECT scope_id FROM deepflow.scopes WHERE %s)"
        .formatted(text(column, operator, value));
  }

  private String attribute(Attribute attribute, Operator operator, Value value) {
    String key = attribute.key();
    return switch (attribute.scope()) {
      case SPAN -> ofSpan(key, operator, value);
      case RESOURCE -> ofResource(key, operator, value);
      case EITHER ->
          Renames.keys(key).stream().anyMatch(resourceKeys::contains)
              ? either(key, operator, value)
              : ofSpan(key, operator, value);
    };
  }

  private String ofSpan(String key, Operator operator, Value value) {
    if (value == Value.Nil.NIL) {
      return operator == Operator.EQUAL ? "NOT " + attributes.exists(key) : attributes.exists(key);
    }
    return attributes.test(key, operator, value);
  }

  private String ofResource(String key, Operator operator, Value value) {
    boolean missing = value == Value.Nil.NIL && operator == Operator.EQUAL;
    return "resource_id %s (SELECT resource_id FROM deepflow.resources WHERE %s)"
        .formatted(
            missing ? "NOT IN" : "IN",
            value == Value.Nil.NIL
                ? ofResources.exists(key)
                : ofResources.test(key, operator, value));
  }

  /// The span's word counts; where it has none, the resource's.
  private String either(String key, Operator operator, Value value) {
    String ofSpan = ofSpan(key, operator, value);
    String ofResource = ofResource(key, operator, value);
    boolean missing = value == Value.Nil.NIL && operator == Operator.EQUAL;
    return missing
        ? "(%s AND %s)".formatted(ofSpan, ofResource)
        : "(%s OR (NOT %s AND %s))".formatted(ofSpan, attributes.exists(key), ofResource);
  }
}
