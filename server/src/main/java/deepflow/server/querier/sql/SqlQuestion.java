package deepflow.server.querier.sql;

/// A statement and how it is to be answered.
///
/// @param database `flow_log`; empty means the same
/// @param language of display names
/// @param debug whether the answer tells the SQL that was run
/// @param queryId the client's own name for the question, told in debug; may be empty
public record SqlQuestion(
    String database, String sql, Language language, boolean debug, String queryId) {}
