package deepflow.server.querier.services;

import org.jspecify.annotations.Nullable;

/// RED: how many requests, how many of them failed, how long they took.
///
/// @param latency null when there were no requests
record Requests(long count, long errors, @Nullable Latency latency) {

  static final Requests NONE = new Requests(0, 0, null);

  /// What a service was asked to do: a span of kind SERVER or CONSUMER, or one without a parent.
  static final String ARE_SPANS = "(kind IN (2, 5) OR parent_span_id = toFixedString('', 8))";

  /// A failure in the eyes of who is responsible for the span: its status is ERROR, or its
  /// protocol's code tells of a server error. By OpenTelemetry's conventions a 404 leaves a
  /// server's status unset, since the client is to blame, and is an ERROR of the client's span.
  static final String ARE_ERRORS = "(status_code = 2 OR response_status = 3)";
}
