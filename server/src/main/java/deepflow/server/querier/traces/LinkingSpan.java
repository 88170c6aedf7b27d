package deepflow.server.querier.traces;

/// A span that has a link to another one.
///
/// @param traceId 32 hexadecimal digits
/// @param spanId 16 of them
/// @param startNanos since 1970-01-01 UTC
/// @param linkedSpanId the span that the link names, 16 hexadecimal digits
record LinkingSpan(
    String traceId,
    String spanId,
    String service,
    String name,
    long startNanos,
    String linkedSpanId) {}
