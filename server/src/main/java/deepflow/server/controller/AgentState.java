package deepflow.server.controller;

/// How an agent is, in DeepFlow's words.
enum AgentState {
  /// Nothing came from it for longer than it asks.
  LOST,
  /// It reports.
  NORMAL,
  /// It reports, and its operator turned its intake off.
  DISABLED
}
