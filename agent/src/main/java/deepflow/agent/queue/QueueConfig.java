package deepflow.agent.queue;

import java.time.Duration;

/// Sizes of a queue.
///
/// @param capacityBytes hard cap of what is on disk, obeyed to one segment
/// @param segmentBytes when a segment is this long a new one begins; at most an eighth of the
///   capacity, because acknowledged batches leave the disk a segment at a time
/// @param batchBytes a batch takes entries up to this many bytes before compression; an entry that
///   is larger is a batch by itself
/// @param waitingBytes the most that may wait for the disk, in memory
/// @param remember how long the hash of an accepted request is remembered
/// @param rememberedMax how many hashes are remembered
public record QueueConfig(
    long capacityBytes,
    int segmentBytes,
    int batchBytes,
    long waitingBytes,
    Duration remember,
    int rememberedMax) {
  private static final int SEGMENTS_MIN = 8;
  private static final int SEGMENT_BYTES = 64 << 20;
  private static final int BATCH_BYTES = 4 << 20;
  private static final long WAITING_BYTES = 48 << 20;
  private static final Duration REMEMBER = Duration.ofMinutes(10);
  private static final int REMEMBERED_MAX = 1 << 18;

  public QueueConfig {
    if (segmentBytes < 1 || segmentBytes > capacityBytes / SEGMENTS_MIN) {
      throw new IllegalArgumentException(
          "segments of %s bytes don't fit into a queue of %s at least %s times"
              .formatted(segmentBytes, capacityBytes, SEGMENTS_MIN));
    }
    if (batchBytes < 1 || waitingBytes < 1 || rememberedMax < 1 || remember.isNegative()) {
      throw new IllegalArgumentException("a size is not positive");
    }
  }

  /// The default sizes for a queue of `capacityBytes`.
  public static QueueConfig ofCapacity(long capacityBytes) {
    int segmentBytes = (int) Math.min(SEGMENT_BYTES, capacityBytes / SEGMENTS_MIN);
    return new QueueConfig(
        capacityBytes, segmentBytes, BATCH_BYTES, WAITING_BYTES, REMEMBER, REMEMBERED_MAX);
  }
}
