package deepflow.server.querier.flowtracing;

/// What becomes of a question, in DeepFlow's JSON `{"OPT_STATUS", "DESCRIPTION", "TYPE", "DATA"}`.
final class TracingAnswer {

  /// Whose turn it is now, and DeepFlow's word for it.
  enum Outcome {
    SUCCESS("SUCCESS"),
    /// The trace has more spans than an answer takes.
    PARTIAL("PARTIAL_RESULT"),
    REFUSED("INVALID_POST_DATA"),
    BUSY("SERVER_ERROR"),
    FAILED("INTERNAL_SERVER_ERROR");

    private final String word;

    Outcome(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  private final Outcome outcome;
  private final byte[] json;

  TracingAnswer(Outcome outcome, byte[] json) {
    this.outcome = outcome;
    this.json = json;
  }

  Outcome outcome() {
    return outcome;
  }

  /// The whole body; the caller must not change it.
  byte[] json() {
    return json;
  }
}
