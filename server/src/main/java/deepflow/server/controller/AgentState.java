package deepflow.server.controller;

/// How an agent is, in DeepFlow's words.
enum AgentState {
  /// Nothing came from it for longer than it asks.
  LOST(0),
  /// It reports.
  NORMAL(1),
  /// It reports, and its operator turned its intake off.
  DISABLED(2);

  private final int number;

  AgentState(int number) {
    this.number = number;
  }

  /// DeepFlow's number of it.
  int number() {
    return number;
  }
}
