package deepflow.agent.receive;

import deepflow.wire.otlp.AttributeRules;

/// What the receiver takes, beyond its fixed configuration. Can be changed while it runs.
///
/// @param on whether it takes traces at all
/// @param spansPerSecond the most that it takes; 0 is no limit
/// @param requestBytesMax largest request, below the receiver's own limit; 0 is that one
/// @param attributes what is taken out of spans, or made unreadable in them
public record IntakeRules(
    boolean on, long spansPerSecond, long requestBytesMax, AttributeRules attributes) {
  /// Takes what the configuration allows, as it comes.
  public static final IntakeRules NONE = new IntakeRules(true, 0, 0, AttributeRules.NONE);

  int requestBytesMax(int own) {
    return requestBytesMax == 0 ? own : (int) Math.min(own, requestBytesMax);
  }
}
