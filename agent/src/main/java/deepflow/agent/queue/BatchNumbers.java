package deepflow.agent.queue;

/// How batches are numbered: epoch × 10¹² + 1, + 2, …; so a number tells the start of the agent
/// that gave it, in decimal.
///
/// Each start gets numbers above all that any start before it can have given, whatever the disk
/// lost in between. Were a number given twice, the server would take the second batch for one that
/// it has, and the agent would retire it unsent.
final class BatchNumbers {
  private static final long PER_EPOCH = 1_000_000_000_000L;
  private static final long EPOCH_MAX = Long.MAX_VALUE / PER_EPOCH - 1;

  private BatchNumbers() {}

  /// The first number of an epoch; epochs begin at 1.
  static long first(long epoch) {
    if (epoch < 1 || epoch > EPOCH_MAX) {
      throw new IllegalArgumentException(
          "epoch %s is not between 1 and %s".formatted(epoch, EPOCH_MAX));
    }
    return epoch * PER_EPOCH + 1;
  }

  static long epochOf(long number) {
    return number / PER_EPOCH;
  }
}
