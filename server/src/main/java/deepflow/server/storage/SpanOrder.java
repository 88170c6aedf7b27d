package deepflow.server.storage;

import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The order of table `spans`: the second in which a span starts, its trace, its start. So what was
/// there at a time lies together, and of it each trace's spans.
///
/// A trace by its id is looked up in `trace_index`, which has a row for each of these seconds:
/// `spans` alone would have to be read everywhere.
public final class SpanOrder {
  /// What the first part of the order tells apart, ns.
  public static final long STEP_NANOS = 1_000_000_000L;

  /// For ORDER BY.
  public static final String COLUMNS = step("start_time") + ", trace_id, start_time";

  /// The table's primary key, as ClickHouse writes it. It leaves out the start: a condition on that
  /// would be taken for one on the key's last part, instead of its first.
  static final String PRIMARY_KEY = step("start_time") + ", trace_id";

  /// So many traces or steps are written into a statement, which spares the engine to plan a second
  /// one that gives them; more would make it longer than it may be.
  public static final int LITERALS_MAX = 1_000;

  private static final HexFormat ESCAPED = HexFormat.of().withPrefix("\\x");

  /// The number of the second since 1970.
  ///
  /// @param start SQL of a `DateTime64(9)`
  public static String step(String start) {
    return "intDiv(toUnixTimestamp64Nano(%s), %s)".formatted(start, STEP_NANOS);
  }

  /// The same of a start, ns since 1970-01-01 UTC.
  public static long step(long startNanos) {
    return startNanos / STEP_NANOS;
  }

  /// When a step begins, ns since 1970-01-01 UTC: the first start that it has.
  public static long begin(long step) {
    if (step <= step(Long.MIN_VALUE)) {
      return Long.MIN_VALUE;
    }
    // Those of before 1970 are rounded up.
    return step > 0 ? step * STEP_NANOS : (step - 1) * STEP_NANOS + 1;
  }

  /// When a step ends, likewise: the last start that it has.
  public static long end(long step) {
    return step >= step(Long.MAX_VALUE) ? Long.MAX_VALUE : begin(step + 1) - 1;
  }

  /// The condition that a row of `trace_index` or `spans` is of one of these traces.
  ///
  /// @param ids what stands in SQL for an array of 32 hexadecimal digits each, such as
  ///   `{traces:Array(String)}`
  public static String isAmong(String ids) {
    return "trace_id IN (SELECT toFixedString(unhex(arrayJoin(%s)), 16))".formatted(ids);
  }

  /// The same for one trace: a literal, because the engine takes a tenth of a millisecond to find
  /// out what a function of a parameter is.
  ///
  /// @param id 32 hexadecimal digits
  /// @throws IllegalArgumentException when it isn't that
  static String isOf(String id) {
    return "trace_id = " + literal(id);
  }

  /// The same for at most [#LITERALS_MAX] traces.
  ///
  /// @param ids 32 hexadecimal digits each, one at least
  /// @throws IllegalArgumentException when one is none
  public static String isAmong(Collection<String> ids) {
    return ids.stream()
        .map(SpanOrder::literal)
        .collect(Collectors.joining(", ", "trace_id IN (", ")"));
  }

  /// The condition that a row of `trace_index` or `spans` can be of one of these steps. If there
  /// are more than [#LITERALS_MAX], those between are taken for possible, too.
  public static String canBeIn(Collection<Long> steps) {
    if (steps.isEmpty()) {
      return "0";
    }
    if (steps.size() > LITERALS_MAX) {
      return "%1$s >= %2$s AND %1$s <= %3$s"
          .formatted(step("start_time"), Collections.min(steps), Collections.max(steps));
    }
    return steps.stream()
        .map(String::valueOf)
        .collect(Collectors.joining(", ", step("start_time") + " IN (", ")"));
  }

  private static String literal(String traceId) {
    return "'" + ESCAPED.formatHex(HexFormat.of().parseHex(traceId)) + "'";
  }

  /// The condition that a span is of one of these traces, by which the table's key leads to it.
  ///
  /// @param condition on a row of `trace_index`
  public static String ofTraces(String condition) {
    return "(%1$s) IN (SELECT %1$s FROM deepflow.trace_index WHERE %2$s)"
        .formatted(PRIMARY_KEY, condition);
  }

  /// The same for traces whose steps are known.
  ///
  /// @param steps at most [#LITERALS_MAX], one at least
  /// @param ids the trace id of each, 32 hexadecimal digits
  public static String ofPairs(List<Long> steps, List<String> ids) {
    return IntStream.range(0, steps.size())
        .mapToObj(i -> "(%s, %s)".formatted(steps.get(i), literal(ids.get(i))))
        .collect(Collectors.joining(", ", "(" + PRIMARY_KEY + ") IN (", ")"));
  }

  private SpanOrder() {}
}
