package deepflow.agent.forward;

/// What is spoken on the link.
public enum LinkProtocol {
  /// Ours: the server says what it has committed, and until then the agent keeps it.
  ACKNOWLEDGED,

  /// DeepFlow's: frames in one direction. What was written counts as sent, wherever it ended.
  DEEPFLOW
}
