package deepflow.server.querier.sql;

/// What becomes of a statement, in DeepFlow's JSON `{"OPT_STATUS", "DESCRIPTION", "result",
/// "debug"}`.
public final class SqlAnswer {

  /// Whose turn it is now.
  public enum Outcome {
    /// OPT_STATUS `SUCCESS`.
    SUCCESS,
    /// OPT_STATUS `INVALID_POST_DATA` or `RESOURCE_NOT_FOUND`: the statement can never be answered.
    REFUSED,
    /// OPT_STATUS `SERVER_ERROR`: it took too much time or memory, or too many ask at once.
    BUSY,
    /// OPT_STATUS `FAIL`: our fault.
    FAILED
  }

  private final Outcome outcome;
  private final byte[] json;

  SqlAnswer(Outcome outcome, byte[] json) {
    this.outcome = outcome;
    this.json = json;
  }

  /// Whose turn it is now.
  public Outcome outcome() {
    return outcome;
  }

  /// The whole body; the caller must not change it.
  public byte[] json() {
    return json;
  }
}
