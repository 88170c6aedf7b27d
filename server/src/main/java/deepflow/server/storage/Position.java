package deepflow.server.storage;

/// How far the store has an agent's queue.
///
/// @param committed highest batch number that is durable, with all that were sent before it; 0:
///   none
/// @param epoch the newest epoch that wrote
public record Position(long committed, long epoch) {
  /// Of an agent that the store has never seen.
  public static final Position START = new Position(0, 0);
}
