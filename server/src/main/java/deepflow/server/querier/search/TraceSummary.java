package deepflow.server.querier.search;

import java.util.List;

/// A trace in a list.
///
/// @param traceId 32 hexadecimal digits
/// @param startNanos of its first span, ns since 1970-01-01 UTC
/// @param durationNanos to the end of its last span
/// @param rootService empty while the root span isn't here; so is rootName
/// @param spanCount as they were stored: a span that was sent in two requests counts twice
/// @param errorCount likewise
/// @param services in it, by name
public record TraceSummary(
    String traceId,
    long startNanos,
    long durationNanos,
    String rootService,
    String rootName,
    long spanCount,
    long errorCount,
    List<String> services) {}
