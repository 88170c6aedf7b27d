package deepflow.server.querier.traces;

import java.util.List;

/// A trace in a list.
///
/// @param traceId 32 hexadecimal digits
/// @param startNanos of its first span, ns since 1970-01-01 UTC
/// @param durationNanos to the end of its last span
/// @param rootService empty while the root span isn't here; so is rootName
/// @param services in it, by name
record TraceSummary(
    String traceId,
    long startNanos,
    long durationNanos,
    String rootService,
    String rootName,
    long spanCount,
    long errorCount,
    List<String> services) {}
