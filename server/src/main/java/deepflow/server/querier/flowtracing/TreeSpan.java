package deepflow.server.querier.flowtracing;

import java.util.List;

/// What of a span decides its place in the tree.
///
/// @param parentSpanId empty when it has none
/// @param process what made it: spans of one process have equal ones
/// @param client whether it asks another: kind CLIENT or PRODUCER
/// @param start µs since 1970-01-01 UTC
/// @param end µs; before the start when the sender's clock jumped
record TreeSpan(
    String spanId,
    String parentSpanId,
    List<String> process,
    boolean client,
    long start,
    long end) {

  /// µs, never negative.
  long duration() {
    return Math.max(0, end - start);
  }
}
