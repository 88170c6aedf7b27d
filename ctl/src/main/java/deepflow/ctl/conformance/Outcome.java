package deepflow.ctl.conformance;

/// What a check found.
sealed interface Outcome {
  Passed PASSED = new Passed();

  /// The server keeps the rule.
  record Passed() implements Outcome {}

  /// The server breaks the rule.
  ///
  /// @param expected what the rule asks for
  /// @param got what the server did
  record Failed(String expected, String got) implements Outcome {}

  /// The rule doesn't apply here.
  record Skipped(String why) implements Outcome {}
}
