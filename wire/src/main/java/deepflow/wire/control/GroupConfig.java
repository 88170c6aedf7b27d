package deepflow.wire.control;

import deepflow.wire.otlp.AttributeRules;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What a group's configuration says to an agent of ours. What it doesn't say is as the agent was
/// started.
///
/// @param intake whether the agent takes traces
/// @param spansPerSecond the most that it takes; 0 is no limit
/// @param requestBytesMax largest request, below the agent's own limit; 0 is that one
/// @param linkBytesPerSecond the most that it writes to the servers, 0 is no limit; null is the
///   agent's own
/// @param askInterval between two questions for a newer configuration
/// @param rules for attributes
public record GroupConfig(
    boolean intake,
    long spansPerSecond,
    long requestBytesMax,
    @Nullable Long linkBytesPerSecond,
    Duration askInterval,
    AttributeRules rules) {
  /// So often an agent asks when nobody says how often.
  public static final Duration ASK_INTERVAL = Duration.ofSeconds(10);

  /// What holds when nobody configures anything.
  public static final GroupConfig DEFAULT =
      new GroupConfig(true, 0, 0, null, ASK_INTERVAL, AttributeRules.NONE);
}
