package deepflow.server.querier.differences;

/// Spans of one service and name.
record Operation(String service, String name) {}
