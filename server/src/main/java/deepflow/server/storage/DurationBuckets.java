package deepflow.server.storage;

import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.ShortColumn;
import java.util.Arrays;

/// Counts durations of rows by buckets whose bounds grow by 2 %: what a quantile says is within 1 %
/// of the true one, as with a DDSketch; but these can be added and taken back. For one thread.
public final class DurationBuckets {
  /// Bound of bucket `i` is this to the power of `i`, in µs.
  static final double GROWTH = 1.02;

  /// The duration in µs that stands for a bucket, as an SQL expression.
  ///
  /// @param bucket expression of its number
  public static String middle(String bucket) {
    return "(exp2(%s * %s) * %s)".formatted(bucket, Math.log(GROWTH) / Math.log(2), MIDDLE);
  }

  private static final double MIDDLE = 2 / (1 + GROWTH);
  private static final double PER_LOG = 1 / Math.log(GROWTH);

  /// Enough for all that a long can say in µs, 1,857, and leaves 20 for rows: as many as [RedKeys]
  /// can have.
  private static final int BUCKET_BITS = 11;

  private static final int BUCKET_MASK = (1 << BUCKET_BITS) - 1;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final int FIRST_SLOTS = 1024;

  /// Row and bucket plus one; 0 is free.
  private int[] slots = new int[FIRST_SLOTS];

  private long[] counts = new long[FIRST_SLOTS];
  private int size;

  /// Row and bucket, sorted, and where their count is.
  private long[] sorted = {};

  private int next;

  /// The bucket of a duration, as an SQL expression.
  ///
  /// @param micros expression of 1 µs or more
  static String number(String micros) {
    return "toUInt16(ceil(log(%s) / log(%s)))".formatted(micros, GROWTH);
  }

  /// The bucket of a duration of 1 µs or more.
  static int bucket(long micros) {
    return (int) Math.ceil(Math.log((double) micros) * PER_LOG);
  }

  void clear() {
    if (size > 0) {
      Arrays.fill(slots, 0);
      size = 0;
    }
    next = 0;
  }

  /// Counts a duration of a row.
  ///
  /// @param row below 2^20
  void add(int row, long micros, int weight) {
    int slot = slot(row << BUCKET_BITS | bucket(micros));
    counts[slot] += weight;
  }

  private int slot(int entry) {
    int slot = first(entry);
    while (slots[slot] != entry + 1) {
      if (slots[slot] == 0) {
        return insert(slot, entry);
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  private int first(int entry) {
    return (int) ((entry * MULTIPLIER) >>> 32) & (slots.length - 1);
  }

  private int insert(int free, int entry) {
    if (2 * ++size > slots.length) {
      grow();
      size--;
      return slot(entry);
    }
    slots[free] = entry + 1;
    counts[free] = 0;
    return free;
  }

  private void grow() {
    int[] oldSlots = slots;
    long[] oldCounts = counts;
    slots = new int[oldSlots.length * 2];
    counts = new long[slots.length];
    for (int i = 0; i < oldSlots.length; i++) {
      if (oldSlots[i] != 0) {
        int slot = first(oldSlots[i] - 1);
        while (slots[slot] != 0) {
          slot = (slot + 1) & (slots.length - 1);
        }
        slots[slot] = oldSlots[i];
        counts[slot] = oldCounts[i];
      }
    }
  }

  /// To be called before [#append].
  void sort() {
    if (sorted.length < size) {
      sorted = new long[slots.length];
    }
    int found = 0;
    for (int slot = 0; slot < slots.length && found < size; slot++) {
      if (slots[slot] != 0) {
        sorted[found++] = (long) (slots[slot] - 1) << 32 | slot;
      }
    }
    Arrays.sort(sorted, 0, size);
    next = 0;
  }

  /// Appends the buckets of a row; to be called for each row in order.
  void append(int row, ShortColumn bucketColumn, LongColumn countColumn) {
    for (; next < size && (int) (sorted[next] >>> (32 + BUCKET_BITS)) == row; next++) {
      bucketColumn.append((int) (sorted[next] >>> 32) & BUCKET_MASK);
      countColumn.append(counts[(int) sorted[next]]);
    }
  }
}
