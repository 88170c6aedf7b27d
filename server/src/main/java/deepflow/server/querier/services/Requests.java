package deepflow.server.querier.services;

import org.jspecify.annotations.Nullable;

/// RED: how many requests, how many of them failed, how long they took.
///
/// @param latency null when there were no requests
record Requests(long count, long errors, @Nullable Latency latency) {

  static final Requests NONE = new Requests(0, 0, null);

  /// What a service was asked to do: a span of kind SERVER or CONSUMER, or one without a parent.
  static final String ARE_SPANS = "(kind IN (2, 5) OR parent_span_id = toFixedString('', 8))";
}
