package deepflow.ctl.conformance;

/// How strongly a rule binds, in the words of RFC 2119.
enum Level {
  /// A server that breaks it doesn't conform.
  MUST,
  /// A server needs a reason to break it.
  SHOULD,
  /// A server chooses; what it offers has to work.
  MAY
}
