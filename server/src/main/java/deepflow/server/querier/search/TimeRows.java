package deepflow.server.querier.search;

import deepflow.server.querier.Bindings;
import java.util.Collection;
import java.util.List;

/// The rows that are read, by their `start_time`: of `spans` and of `trace_index` alike.
///
/// @param fromNanos ns since 1970-01-01 UTC, both ends included
record TimeRows(long fromNanos, long toNanos) {

  /// Those of some traces.
  static TimeRows of(List<TraceSummary> traces) {
    return new TimeRows(
        traces.stream().mapToLong(TraceSummary::startNanos).min().orElseThrow(),
        traces.stream().mapToLong(TraceSummary::endNanos).max().orElseThrow());
  }

  /// From the first of some to the last.
  ///
  /// @param some one at least
  static TimeRows over(Collection<TimeRows> some) {
    return new TimeRows(
        some.stream().mapToLong(TimeRows::fromNanos).min().orElseThrow(),
        some.stream().mapToLong(TimeRows::toNanos).max().orElseThrow());
  }

  /// The condition on a row.
  String sql(Bindings bindings) {
    return "start_time >= fromUnixTimestamp64Nano(%s, 'UTC') AND start_time <= fromUnixTimestamp64Nano(%s, 'UTC')"
        .formatted(bindings.number(fromNanos), bindings.number(toNanos));
  }

  /// These, and those that start up to so long before or after them.
  TimeRows widened(long nanos) {
    return new TimeRows(minus(fromNanos, nanos), plus(toNanos, nanos));
  }

  boolean areLongerThan(long nanos) {
    return plus(fromNanos, nanos) < toNanos;
  }

  /// Those of them that are among others.
  TimeRows within(TimeRows others) {
    return new TimeRows(Math.max(fromNanos, others.fromNanos), Math.min(toNanos, others.toNanos));
  }

  static long minus(long time, long nanos) {
    return time < Long.MIN_VALUE + nanos ? Long.MIN_VALUE : time - nanos;
  }

  static long plus(long time, long nanos) {
    return time > Long.MAX_VALUE - nanos ? Long.MAX_VALUE : time + nanos;
  }
}
