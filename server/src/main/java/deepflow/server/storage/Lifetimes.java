package deepflow.server.storage;

import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/// How long what is stored is kept, of each table as its users know it. All of it goes a day (UTC)
/// at a time, so it stays for up to a day longer.
///
/// @param spans of the log
/// @param metrics1s of `application.1s` and `application_map.1s`; but seconds wait until they are
///   in minutes
/// @param metrics1m of `application.1m` and `application_map.1m`
/// @param serviceGraph of calls and links between services
public record Lifetimes(
    RetentionRules spans, Duration metrics1s, Duration metrics1m, Duration serviceGraph) {
  /// As DeepFlow keeps them.
  public static final Duration METRICS_1S = Duration.ofHours(24);

  /// Likewise.
  public static final Duration METRICS_1M = Duration.ofDays(7);

  /// As long as the minutes, with which it is shown.
  public static final Duration SERVICE_GRAPH = METRICS_1M;

  public static final Duration SPANS_MIN = Duration.ofMinutes(1);
  public static final Duration METRICS_MIN = Duration.ofHours(1);
  public static final Duration MAX = Duration.ofDays(RetentionRule.DAYS_MAX);

  private static final Duration ENVELOPES_LONGER = Duration.ofDays(2);

  private static final Duration LEDGER_LONGER = Duration.ofDays(2);

  /// Of what became of spans: the ledger goes back so far.
  public static final Duration LEDGER = Duration.ofDays(400);

  public Lifetimes {
    check("metrics by seconds are", metrics1s, METRICS_MIN);
    check("metrics by minutes are", metrics1m, METRICS_MIN);
    check("the service graph is", serviceGraph, METRICS_MIN);
  }

  /// Only that of spans is set.
  public static Lifetimes of(Duration spans) {
    return of(RetentionRules.of(spans));
  }

  /// The same, with rules.
  public static Lifetimes of(RetentionRules spans) {
    return new Lifetimes(spans, METRICS_1S, METRICS_1M, SERVICE_GRAPH);
  }

  static void check(String what, Duration kept, Duration min) {
    if (kept.compareTo(min) < 0 || kept.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(
          "%s kept between %s and %s, not %s".formatted(what, shown(min), shown(MAX), shown(kept)));
    }
  }

  /// As operators write it, such as `36h`.
  public static String shown(Duration length) {
    long seconds = length.toSeconds();
    return seconds % 86_400 == 0
        ? seconds / 86_400 + "d"
        : seconds % 3_600 == 0
            ? seconds / 3_600 + "h"
            : seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  /// Of what is known of rollups, and so of seconds that wait for one: as long as anything is that
  /// counts by a rollup or comes of it.
  Duration rollups() {
    return longest(metrics1s, metrics1m, serviceGraph);
  }

  /// Of resources and the like, which spans and metrics need.
  Duration envelopes() {
    return longest(spans.longest(), metrics1s, metrics1m).plus(ENVELOPES_LONGER);
  }

  /// Of what is known of blocks, which outlives their spans: it tells an agent that was away for
  /// long what it needn't send again. A row may be of a whole day, and goes by its beginning.
  Duration blocks() {
    return spans.longest().plus(LEDGER).plus(LEDGER_LONGER);
  }

  private static Duration longest(Duration... some) {
    return Stream.of(some).max(Comparator.naturalOrder()).orElseThrow();
  }
}
