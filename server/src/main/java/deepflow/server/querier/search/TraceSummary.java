package deepflow.server.querier.search;

import java.util.List;

/// A trace in a list.
///
/// @param traceId 32 hexadecimal digits
/// @param startNanos of its first span, ns since 1970-01-01 UTC
/// @param durationNanos to the end of its last span
/// @param rootService empty while the root span isn't here; so is rootName
/// @param spanCount each once, however often it was sent
/// @param errorCount likewise
/// @param services in it, by name
/// @param isOfOneBlock whether its spans came in one block, so that none of them is there twice
public record TraceSummary(
    String traceId,
    long startNanos,
    long durationNanos,
    String rootService,
    String rootName,
    long spanCount,
    long errorCount,
    List<String> services,
    boolean isOfOneBlock) {

  /// When its last span ends, ns since 1970-01-01 UTC; never before it begins.
  long endNanos() {
    return TimeRows.plus(startNanos, Math.max(0, durationNanos));
  }

  TraceSummary with(long spans, long errors) {
    return new TraceSummary(
        traceId,
        startNanos,
        durationNanos,
        rootService,
        rootName,
        spans,
        errors,
        services,
        isOfOneBlock);
  }
}
