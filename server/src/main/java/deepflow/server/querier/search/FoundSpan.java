package deepflow.server.querier.search;

import java.util.List;

/// A span that fulfils a condition.
///
/// @param spanId 16 hexadecimal digits
/// @param startNanos ns since 1970-01-01 UTC
/// @param durationNanos end - start
/// @param attributes those that the condition names, as far as the span or its resource has them
public record FoundSpan(
    String spanId,
    String name,
    long startNanos,
    long durationNanos,
    List<TypedAttribute> attributes) {}
