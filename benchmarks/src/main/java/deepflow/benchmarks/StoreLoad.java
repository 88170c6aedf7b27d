package deepflow.benchmarks;

import deepflow.benchmarks.SpanMill.Width;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// What a store is filled with before it is asked, and while it is: spans of twenty attributes, of
/// five services, in traces of 16, by OTLP/HTTP.
///
/// @param http the agent's endpoint
record StoreLoad(URI http, SpanMill mill) {
  private static final String SERVICE = "shop";
  private static final int TRACES_IN_REQUEST = 32;
  private static final int SPANS_IN_TRACE = 16;
  static final int SPANS_IN_REQUEST = TRACES_IN_REQUEST * SPANS_IN_TRACE;

  /// @param seed decides all ids and values
  /// @param start the first request's time
  /// @param spacingNanos from one request's time to the next one's
  static StoreLoad of(URI http, Width width, long seed, Instant start, long spacingNanos) {
    long startNanos = ChronoUnit.NANOS.between(Instant.EPOCH, start);
    return new StoreLoad(
        http,
        new SpanMill(
            SERVICE, seed, startNanos, TRACES_IN_REQUEST, SPANS_IN_TRACE, width, spacingNanos));
  }

  /// Spans that are as old as they would be if they came at that rate.
  static StoreLoad atRate(URI http, Width width, long seed, Instant start, double spansPerSecond) {
    return of(http, width, seed, start, (long) (SPANS_IN_REQUEST / spansPerSecond * 1e9));
  }

  /// Starts to send.
  ///
  /// @param requests how many
  /// @param connections how many senders work at once
  /// @param spansPerSecond the pace of all together
  LoadRun start(long requests, int connections, double spansPerSecond) {
    return LoadRun.start(
        new Load(
            mill,
            requests,
            List.of(new Target.Http(http)),
            connections,
            spansPerSecond,
            Duration.ofMillis(100)));
  }
}
