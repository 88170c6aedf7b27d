package deepflow.server.querier.sql;

import deepflow.server.querier.Bindings;
import deepflow.server.storage.SpanOrder;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/// The conditions of WHERE in ClickHouse's SQL. They are true or false, never NULL: a row that
/// lacks a tag fails each positive test and passes each negated one.
///
/// A tag of two sides passes a positive test when one of them does; so does an attribute that a row
/// can have under several names, or in several forms.
final class Conditions implements Connectives.Leaves {

  /// Each value costs the engine and, where it can't stand in a list, a part of the statement.
  private static final int VALUES_MAX = 10_000;

  private static final BigDecimal UINT32_MAX = BigDecimal.valueOf(0xFFFF_FFFFL);
  private static final BigDecimal INT64_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  /// A span's end as the schema's index has it: it must be the same expression.
  private static final String END = "(toUnixTimestamp64Nano(start_time) + duration)";

  /// The left side of a test.
  ///
  /// @param type how values are read; never one with sides
  private record Operand(
      String name, TagType type, String shown, String compared, boolean nullable, String elements) {

    static Operand of(Tag tag) {
      return new Operand(
          tag.name(), tag.type(), tag.shown(), tag.compared(), tag.nullable(), tag.elements());
    }

    static Operand text(String name, String sql, boolean nullable) {
      return new Operand(name, TagType.STRING, sql, sql, nullable, "");
    }

    Operand asText() {
      return text("toString(%s)".formatted(name), "toString(%s)".formatted(shown), nullable);
    }

    static Operand number(String name, String sql, boolean nullable) {
      return new Operand(name, TagType.INT, sql, sql, nullable, "");
    }
  }

  private final Catalogue catalogue;
  private final Bindings bindings;
  private final Map<String, Expression> aliases;
  private final Values values;

  Conditions(
      Catalogue catalogue, Bindings bindings, Map<String, Expression> aliases, Values values) {
    this.catalogue = catalogue;
    this.bindings = bindings;
    this.aliases = aliases;
    this.values = values;
  }

  @Override
  public SqlException noCondition(Expression expression) {
    return new SqlException("expected a condition", expression.position());
  }

  @Override
  public String of(Expression.Comparison comparison) throws SqlException {
    Constant value = Constant.of(comparison.right());
    Operator operator = comparison.operator();
    StringJoiner sides = new StringJoiner(" OR ");
    List<Operand> operands = operands(comparison.left());
    for (Operand operand : operands) {
      sides.add(present(operand, test(operand, operator.positive(), value, comparison.position())));
    }
    return operator.positive() == Operator.EQUAL
        ? equal(operands, sides, operator.isNegative())
        : joined(sides, operator.isNegative());
  }

  @Override
  public String of(Expression.In in) throws SqlException {
    if (in.values().size() > VALUES_MAX) {
      throw new SqlException("more than %s values".formatted(VALUES_MAX), in.position());
    }
    List<Constant> list = new ArrayList<>();
    for (Expression value : in.values()) {
      list.add(Constant.of(value));
    }
    StringJoiner sides = new StringJoiner(" OR ");
    List<Operand> operands = operands(in.left());
    for (Operand operand : operands) {
      sides.add(present(operand, isAmong(operand, list, in.position())));
    }
    return equal(operands, sides, in.negated());
  }

  /// Where the engine has a list the statement has the operand once, however long the list is.
  private String isAmong(Operand operand, List<Constant> list, int position) throws SqlException {
    return switch (operand.type()) {
      case STRING, STRING_ENUM, RESOURCE, MAC, ATTRIBUTE, EVENTS, MAP ->
          isAmong(
              operand,
              bindings.bindTexts(
                  "String", list.stream().map(Conditions::textOf).distinct().toList()));
      case INT, INT_ENUM, BOOL, RESOURCE_ID, MICROSECONDS ->
          Numbers.bindAll(list, bindings).stream()
              .map(numbers -> isAmong(operand, numbers))
              .collect(Collectors.joining(" OR "));
      case TRACE_ID -> isAmongIds(operand, list, 16);
      case SPAN_ID -> isAmongIds(operand, list, 8);
      case IP -> isAmongAddresses(operand, list, position);
      case TIME, SECOND, ID -> isAny(operand, list, position);
    };
  }

  private static String isAmong(Operand operand, String list) {
    String own = "%s IN %s".formatted(operand.compared(), list);
    return orElement(operand, own, "e IN " + list);
  }

  /// An array passes when one of its elements does.
  ///
  /// @param test of an element `e`
  private static String orElement(Operand operand, String own, String test) {
    return operand.elements().isEmpty()
        ? own
        : "(ifNull(%s, 0) OR arrayExists(e -> %s, %s))".formatted(own, test, operand.elements());
  }

  private String isAmongIds(Operand operand, List<Constant> list, int bytes) {
    String none = "0".repeat(2 * bytes);
    List<String> ids =
        list.stream()
            .map(Conditions::textOf)
            .map(text -> text.isEmpty() ? none : text)
            .filter(text -> isId(text, bytes))
            .distinct()
            .toList();
    return isAmong(
        operand,
        "(SELECT toFixedString(unhex(arrayJoin(%s)), %s))"
            .formatted(bindings.bindTexts("String", ids), bytes));
  }

  private String isAmongAddresses(Operand operand, List<Constant> list, int position)
      throws SqlException {
    Set<String> single = new LinkedHashSet<>();
    List<Constant> blocks = new ArrayList<>();
    for (Constant value : list) {
      Addresses.Range range = Addresses.range(textOf(value), value.position());
      if (range.isOne()) {
        single.add(range.first());
      } else {
        blocks.add(value);
      }
    }
    String each = isAmong(operand, bindings.bindTexts("IPv6", single));
    return blocks.isEmpty() ? each : each + " OR " + isAny(operand, blocks, position);
  }

  private String isAny(Operand operand, List<Constant> list, int position) throws SqlException {
    StringJoiner tests = new StringJoiner(" OR ");
    for (Constant value : list) {
      tests.add(test(operand, Operator.EQUAL, value, position));
    }
    return tests.toString();
  }

  /// Spans of traces that are named are found through `trace_index`. What a pattern fits can be all
  /// that the store has.
  private static String equal(List<Operand> operands, StringJoiner sides, boolean negated) {
    boolean ofTraces = operands.size() == 1 && operands.getFirst().type() == TagType.TRACE_ID;
    return ofTraces && !negated ? SpanOrder.ofTraces(sides.toString()) : joined(sides, negated);
  }

  private static String joined(StringJoiner sides, boolean negated) {
    return (negated ? "NOT (%s)" : "(%s)").formatted(sides);
  }

  @Override
  public String of(Expression.Call call) throws SqlException {
    if (!call.function().equalsIgnoreCase("exist")) {
      throw new SqlException("'%s' is no condition".formatted(call.function()), call.position());
    }
    StringJoiner sides = new StringJoiner(" OR ");
    for (Operand operand : operands(Names.onlyArgument(call))) {
      sides.add(exists(operand));
    }
    return "(%s)".formatted(sides);
  }

  private static String exists(Operand operand) {
    if (operand.nullable()) {
      return "isNotNull(%s)".formatted(operand.compared());
    }
    boolean text = operand.type().isText() || operand.type() == TagType.SPAN_ID;
    return text ? "%s != ''".formatted(operand.shown()) : "1";
  }

  private List<Operand> operands(Expression left) throws SqlException {
    return switch (left) {
      case Expression.Name name -> ofName(name);
      case Expression.Call call -> ofFunction(call);
      case Expression.Text text -> throw noTag(text);
      case Expression.Numeral numeral -> throw noTag(numeral);
      case Expression.Arithmetic sum -> throw noTag(sum);
      case Expression.Negative negative -> throw noTag(negative);
      case Expression.Comparison comparison -> throw noTag(comparison);
      case Expression.In in -> throw noTag(in);
      case Expression.And and -> throw noTag(and);
      case Expression.Or or -> throw noTag(or);
      case Expression.Not not -> throw noTag(not);
    };
  }

  private static SqlException noTag(Expression expression) {
    return new SqlException("expected a tag or a metric to compare", expression.position());
  }

  private List<Operand> ofName(Expression.Name name) throws SqlException {
    Expression aliased = catalogue.knows(name.name()) ? null : aliases.get(name.name());
    if (aliased != null && !aliased.equals(name)) {
      return aliased instanceof Expression.Name other ? ofKnown(other) : operands(aliased);
    }
    return ofKnown(name);
  }

  private List<Operand> ofKnown(Expression.Name name) throws SqlException {
    Tag tag = catalogue.tag(name.name(), bindings);
    if (tag != null) {
      return catalogue.tried(tag, bindings).stream().map(Operand::of).toList();
    }
    Metric metric = catalogue.metric(name.name(), bindings);
    if (metric == null || metric.type() == Metric.Type.OTHER) {
      throw Names.misfit(name, catalogue);
    }
    return List.of(Operand.number(name.name(), Aggregates.rowValue(metric), true));
  }

  private List<Operand> ofFunction(Expression.Call call) throws SqlException {
    return switch (call.function().toLowerCase(Locale.ROOT)) {
      case "enum" ->
          List.of(Operand.text(call.text(), values.displayName(Names.onlyArgument(call)), false));
      case "tostring" -> ofKnown(Names.onlyArgument(call)).stream().map(Operand::asText).toList();
      case "tounixtimestamp", "tounixtimestamp64micro" ->
          List.of(Operand.number(call.text(), values.of(call).sql(), false));
      default ->
          throw new SqlException(
              "WHERE takes no '%s'; aggregates stand in HAVING".formatted(call.function()),
              call.position());
    };
  }

  /// The test fails for a row that lacks the tag.
  private static String present(Operand operand, String test) {
    return operand.nullable() ? "ifNull(%s, 0)".formatted(test) : test;
  }

  /// A positive test.
  private String test(Operand operand, Operator operator, Constant value, int position)
      throws SqlException {
    return switch (operand.type()) {
      case STRING, STRING_ENUM, RESOURCE, MAC, ATTRIBUTE, EVENTS, MAP ->
          text(operand, operator, value, position);
      case INT, INT_ENUM, BOOL, RESOURCE_ID, MICROSECONDS ->
          number(operand, operator, value, position);
      case TIME -> time(operand, operator, value, position);
      case SECOND -> second(operand, operator, value, position);
      case ID -> id(operand, operator, value, position);
      case IP -> address(operand, operator, value, position);
      case TRACE_ID -> hex(operand, operator, value, position, 16);
      case SPAN_ID -> hex(operand, operator, value, position, 8);
    };
  }

  private String text(Operand operand, Operator operator, Constant value, int position)
      throws SqlException {
    if (operator.isOrder()) {
      throw unsupported(operand, operator, position);
    }
    String text = textOf(value);
    String own = text(operand.compared(), operator, text);
    return orElement(operand, own, text("e", operator, text));
  }

  private String text(String expression, Operator operator, String value) {
    return switch (operator) {
      case LIKE ->
          "%s ILIKE %s".formatted(expression, bindings.bind("String", Patterns.like(value)));
      case REGEXP -> "match(%s, %s)".formatted(expression, bindings.bind("String", value));
      case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, NOT_LIKE, NOT_REGEXP ->
          "%s %s %s".formatted(expression, operator.sign(), bindings.bind("String", value));
    };
  }

  private String number(Operand operand, Operator operator, Constant value, int position)
      throws SqlException {
    if (operator.isPattern()) {
      throw unsupported(operand, operator, position);
    }
    return "%s %s %s".formatted(operand.compared(), operator.sign(), Numbers.bind(value, bindings));
  }

  /// Whole seconds become nanoseconds, because the engine has an index on the end of a span and
  /// none on its second.
  private String time(Operand operand, Operator operator, Constant value, int position)
      throws SqlException {
    if (operator.isPattern()) {
      throw unsupported(operand, operator, position);
    }
    BigDecimal seconds = Numbers.of(value);
    String first = nanos(seconds.setScale(0, RoundingMode.CEILING));
    String next = nanos(seconds.setScale(0, RoundingMode.FLOOR).add(BigDecimal.ONE));
    return switch (operator) {
      case GREATER_OR_EQUAL -> "%s >= %s".formatted(operand.compared(), first);
      case GREATER -> "%s >= %s".formatted(operand.compared(), next);
      case LESS -> "%s < %s".formatted(operand.compared(), first);
      case LESS_OR_EQUAL -> "%s < %s".formatted(operand.compared(), next);
      case EQUAL, NOT_EQUAL, LIKE, NOT_LIKE, REGEXP, NOT_REGEXP ->
          "(%s >= %s AND %s < %s)".formatted(operand.compared(), first, operand.compared(), next);
    };
  }

  /// Compared as the column is: it sorts the table.
  private String second(Operand operand, Operator operator, Constant value, int position)
      throws SqlException {
    if (operator.isPattern()) {
      throw unsupported(operand, operator, position);
    }
    BigDecimal seconds = Numbers.of(value);
    BigDecimal first = seconds.setScale(0, RoundingMode.CEILING);
    BigDecimal next = seconds.setScale(0, RoundingMode.FLOOR).add(BigDecimal.ONE);
    String column = operand.compared();
    return switch (operator) {
      case GREATER_OR_EQUAL -> "%s >= %s".formatted(column, dateTime(first));
      case GREATER -> "%s >= %s".formatted(column, dateTime(next));
      case LESS -> "%s < %s".formatted(column, dateTime(first));
      case LESS_OR_EQUAL -> "%s < %s".formatted(column, dateTime(next));
      case EQUAL, NOT_EQUAL, LIKE, NOT_LIKE, REGEXP, NOT_REGEXP ->
          "(%s >= %s AND %s < %s)".formatted(column, dateTime(first), column, dateTime(next));
    };
  }

  private String dateTime(BigDecimal seconds) {
    BigDecimal bounded = seconds.min(UINT32_MAX).max(BigDecimal.ZERO);
    return "toDateTime(%s, 'UTC')"
        .formatted(bindings.bind("UInt32", bounded.toBigInteger().toString()));
  }

  /// Seconds that no span can have are the first or the last that one can.
  private String nanos(BigDecimal seconds) {
    BigDecimal nanos = seconds.movePointRight(9);
    BigDecimal bounded = nanos.min(INT64_MAX).max(INT64_MAX.negate());
    return bindings.bind("Int64", bounded.toBigInteger().toString());
  }

  /// A row's number holds its second, which bounds the search.
  private String id(Operand operand, Operator operator, Constant value, int position)
      throws SqlException {
    if (operator != Operator.EQUAL) {
      throw unsupported(operand, operator, position);
    }
    long id = Numbers.of(value).toBigInteger().longValue();
    BigDecimal second = BigDecimal.valueOf(id >>> 32);
    return "(%s = %s AND %s >= %s AND %s < %s)"
        .formatted(
            operand.compared(),
            bindings.bind("UInt64", Long.toUnsignedString(id)),
            END,
            nanos(second),
            END,
            nanos(second.add(BigDecimal.ONE)));
  }

  private String address(Operand operand, Operator operator, Constant value, int position)
      throws SqlException {
    if (operator.isPattern()) {
      return text(operand.shown(), operator, textOf(value));
    }
    Addresses.Range range = Addresses.range(textOf(value), value.position());
    String first = "toIPv6(%s)".formatted(bindings.bind("String", range.first()));
    if (range.isOne()) {
      return "%s %s %s".formatted(operand.compared(), operator.sign(), first);
    }
    if (operator != Operator.EQUAL) {
      throw new SqlException("a block of addresses takes = and != only", position);
    }
    String last = "toIPv6(%s)".formatted(bindings.bind("String", range.last()));
    return "%s BETWEEN %s AND %s".formatted(operand.compared(), first, last);
  }

  /// An id is compared as bytes, which finds it by index. What is no id of that length equals none.
  private String hex(Operand operand, Operator operator, Constant value, int position, int bytes)
      throws SqlException {
    String text = textOf(value);
    if (operator.isPattern()) {
      return text(operand.shown(), operator, text);
    }
    if (operator.isOrder()) {
      throw unsupported(operand, operator, position);
    }
    if (text.isEmpty()) {
      return "%s = toFixedString('', %s)".formatted(operand.compared(), bytes);
    }
    return isId(text, bytes)
        ? "%s = unhex(%s)".formatted(operand.compared(), bindings.bind("String", text))
        : "0";
  }

  private static boolean isId(String text, int bytes) {
    return text.length() == 2 * bytes && Patterns.isHex(text);
  }

  private static String textOf(Constant value) {
    return switch (value) {
      case Constant.OfText text -> text.value();
      case Constant.OfNumber number -> number.value().toPlainString();
    };
  }

  private static SqlException unsupported(Operand operand, Operator operator, int position) {
    return new SqlException(
        "%s can't be compared with %s".formatted(operand.name(), operator.sign()), position);
  }
}
