package deepflow.ctl.conformance;

/// From what was seen to an [Outcome].
final class Expect {
  private Expect() {}

  static Outcome that(boolean holds, String expected, Object got) {
    return holds ? Outcome.PASSED : new Outcome.Failed(expected, got.toString());
  }

  /// All of it taken, with or without a warning.
  static Outcome taken(Answer answer) {
    return switch (answer) {
      case Answer.Full _ -> Outcome.PASSED;
      case Answer.Partial partial -> that(partial.rejectedSpans() == 0, "success", partial);
      case Answer.Refused refused -> new Outcome.Failed("success", refused.toString());
    };
  }

  /// None of it taken, and a sender won't try again.
  static Outcome refusedForGood(Answer answer) {
    boolean holds = answer instanceof Answer.Refused refused && !refused.retryable();
    return that(holds, "refused, and not retryable", answer);
  }

  /// At least a part of it not taken, and a sender won't try again.
  static Outcome notTaken(Answer answer) {
    return switch (answer) {
      case Answer.Full _ -> new Outcome.Failed("refused or partial success", answer.toString());
      case Answer.Partial partial ->
          that(partial.rejectedSpans() > 0, "refused or partial success", partial);
      case Answer.Refused _ -> refusedForGood(answer);
    };
  }

  /// Something optional: works, or is refused as a thing that isn't there.
  static Outcome offered(Answer answer) {
    return answer instanceof Answer.Refused refused && isMissing(refused)
        ? new Outcome.Skipped("not offered: " + refused)
        : taken(answer);
  }

  private static boolean isMissing(Answer.Refused refused) {
    return !refused.retryable() && refused.reply().status() < 500;
  }

  /// The first that didn't pass.
  static Outcome all(Outcome... outcomes) {
    for (Outcome outcome : outcomes) {
      if (!(outcome instanceof Outcome.Passed)) {
        return outcome;
      }
    }
    return Outcome.PASSED;
  }
}
