package deepflow.agent.queue;

/// Remembers the hashes of accepted requests for a time, a bounded number of them: when it is full
/// the oldest go. A ring of hashes in the order of their coming, and an open-addressed table of
/// places in the ring; 32 bytes a hash. Not thread-safe.
final class HashMemory {
  private static final int INITIAL = 1 << 10;
  private static final int EMPTY = -1;

  private final long rememberNanos;
  private final int max;
  private long[] highs = new long[INITIAL];
  private long[] lows = new long[INITIAL];
  private long[] times = new long[INITIAL];
  private int[] table = emptyTable(INITIAL);
  private int head;
  private int size;

  /// Rounds `max` up to a power of two.
  HashMemory(long rememberNanos, int max) {
    this.rememberNanos = rememberNanos;
    this.max = Math.max(INITIAL, Integer.highestOneBit(Math.max(1, max - 1)) << 1);
  }

  /// Whether the hash was added within the time; a clock that was set back counts as well.
  boolean contains(Hash128 hash, long nowNanos) {
    expire(nowNanos);
    return find(hash.high(), hash.low()) != EMPTY;
  }

  /// Adds a hash, or does nothing when it is there.
  void add(long high, long low, long timeNanos, long nowNanos) {
    expire(nowNanos);
    if (expired(timeNanos, nowNanos) || find(high, low) != EMPTY) {
      return;
    }
    if (size == highs.length) {
      if (size == max) {
        removeOldest();
      } else {
        grow();
      }
    }
    int place = (head + size++) & (highs.length - 1);
    highs[place] = high;
    lows[place] = low;
    times[place] = timeNanos;
    link(place);
  }

  int size() {
    return size;
  }

  private void expire(long nowNanos) {
    while (size > 0 && expired(times[head], nowNanos)) {
      removeOldest();
    }
  }

  private boolean expired(long timeNanos, long nowNanos) {
    return Math.abs(nowNanos - timeNanos) > rememberNanos;
  }

  private void removeOldest() {
    unlink(head);
    head = (head + 1) & (highs.length - 1);
    size--;
  }

  private void grow() {
    int capacity = 2 * highs.length;
    highs = unrolled(highs, capacity);
    lows = unrolled(lows, capacity);
    times = unrolled(times, capacity);
    head = 0;
    table = emptyTable(capacity);
    for (int place = 0; place < size; place++) {
      link(place);
    }
  }

  private long[] unrolled(long[] ring, int capacity) {
    long[] straight = new long[capacity];
    System.arraycopy(ring, head, straight, 0, ring.length - head);
    System.arraycopy(ring, 0, straight, ring.length - head, head);
    return straight;
  }

  private int find(long high, long low) {
    for (int slot = slot(low); ; slot = (slot + 1) & (table.length - 1)) {
      int place = table[slot];
      if (place == EMPTY || (highs[place] == high && lows[place] == low)) {
        return place;
      }
    }
  }

  private void link(int place) {
    int slot = slot(lows[place]);
    while (table[slot] != EMPTY) {
      slot = (slot + 1) & (table.length - 1);
    }
    table[slot] = place;
  }

  /// Takes a place out of the table and moves those behind it forward, so that no chain has a hole.
  private void unlink(int place) {
    int mask = table.length - 1;
    int hole = slot(lows[place]);
    while (table[hole] != place) {
      hole = (hole + 1) & mask;
    }
    for (int slot = (hole + 1) & mask; table[slot] != EMPTY; slot = (slot + 1) & mask) {
      int wanted = slot(lows[table[slot]]);
      if (((slot - wanted) & mask) >= ((slot - hole) & mask)) {
        table[hole] = table[slot];
        hole = slot;
      }
    }
    table[hole] = EMPTY;
  }

  private int slot(long low) {
    return (int) (low ^ (low >>> Integer.SIZE)) & (table.length - 1);
  }

  private static int[] emptyTable(int capacity) {
    int[] table = new int[2 * capacity];
    java.util.Arrays.fill(table, EMPTY);
    return table;
  }
}
