package deepflow.agent.queue;

/// What a queue holds.
///
/// @param bytes on disk
/// @param capacityBytes the most that it may hold
/// @param spans that the server doesn't have
/// @param oldestAgeSeconds age of the oldest of them; 0 when there is none
public record QueueState(long bytes, long capacityBytes, long spans, long oldestAgeSeconds) {}
