package deepflow.server.querier.traces;

/// Which traces are wanted.
///
/// @param startNanos when the trace begins, ns since 1970-01-01 UTC, at the earliest
/// @param endNanos at the latest
/// @param service that has a span in it; empty for any
/// @param errors whether it must have a span with an error
/// @param limit at most
record TraceFilter(long startNanos, long endNanos, String service, boolean errors, int limit) {}
