package deepflow.server.storage;

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

  /// The condition that a span is of one of these traces, by which the table's key leads to it.
  ///
  /// @param condition on a row of `trace_index`
  public static String ofTraces(String condition) {
    return "(%1$s) IN (SELECT %1$s FROM deepflow.trace_index WHERE %2$s)"
        .formatted(PRIMARY_KEY, condition);
  }

  /// The same for traces whose steps are known.
  ///
  /// @param steps what stands in SQL for an array of numbers, such as `{steps:Array(Int64)}`
  /// @param ids likewise for the trace id of each, 32 hexadecimal digits
  public static String ofPairs(String steps, String ids) {
    return "(%s) IN (SELECT pair.1, toFixedString(unhex(pair.2), 16) FROM (SELECT arrayJoin(arrayZip(%s, %s)) AS pair))"
        .formatted(PRIMARY_KEY, steps, ids);
  }

  private SpanOrder() {}
}
