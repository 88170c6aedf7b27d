package deepflow.agent.queue;

/// What is known of one segment file while the agent runs. Written by the thread that appends, or
/// before anybody reads; read by all.
final class Segment {
  static final String SUFFIX = ".segment";

  private static final int NAME_DIGITS = 19;

  /// Number of its first batch, which is its name.
  final long first;

  /// Highest number that it holds or, where the disk damaged it, held; first - 1 when there is
  /// none.
  volatile long last;

  /// Bytes of the file that are durable, in whole records.
  volatile long end = SegmentHeader.BYTES;

  /// Found at a start: nothing is added to it any more.
  final boolean found;

  volatile long batches;
  volatile long spans;
  volatile long newestNanos;

  /// Spans of its epoch up to its last record.
  volatile long spansThrough;

  /// Of these, what the server has; kept by the thread that acknowledges.
  volatile long acknowledgedBatches;

  volatile long acknowledgedSpans;

  Segment(long first, boolean found) {
    this.first = first;
    this.found = found;
    last = first - 1;
  }

  String name() {
    return nameOf(first) + SUFFIX;
  }

  /// Sorts as the numbers do.
  static String nameOf(long first) {
    String digits = Long.toString(first);
    return "0".repeat(NAME_DIGITS - digits.length()) + digits;
  }

  /// The first number in a name, or -1 when it is no segment's.
  static long firstOf(String name) {
    String digits = name.substring(0, Math.min(NAME_DIGITS, name.length()));
    if (!name.equals(digits + SUFFIX) || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException beyondLong) {
      return -1;
    }
  }

  /// Adds a record that is durable, or was found to be there.
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, all read
  void add(RecordHeader header, long recordEnd) {
    batches = batches + 1;
    spans = spans + header.spans();
    newestNanos = header.sealedNanos();
    spansThrough = header.spansBefore() + header.spans();
    last = header.number();
    end = recordEnd;
  }

  /// The server has a record; called once for each.
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, all read
  void acknowledged(RecordHeader header) {
    acknowledgedBatches++;
    acknowledgedSpans += header.spans();
  }
}
