package deepflow.server.querier.sql;

/// A statement and how it is to be answered.
///
/// @param database `flow_log` or `flow_metrics`; empty means any
/// @param precision of a table of metrics that is named without one: `1s` or `1m`; may be empty
/// @param language of display names
/// @param debug whether the answer tells the SQL that was run
/// @param queryId the client's own name for the question, told in debug; may be empty
public record SqlQuestion(
    String database,
    String precision,
    String sql,
    Language language,
    boolean debug,
    String queryId) {}
