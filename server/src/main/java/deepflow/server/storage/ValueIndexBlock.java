package deepflow.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import deepflow.clickhouse.block.Block;
import deepflow.clickhouse.block.IntColumn;
import deepflow.clickhouse.block.LongColumn;
import deepflow.clickhouse.block.ShortColumn;
import java.util.Arrays;

/// The columns of table `value_index`, and how its rows come from the attributes of a block's
/// spans: each value makes a row for each step of [SpanOrder] in which it is.
public final class ValueIndexBlock {
  /// The table.
  public static final String TABLE = "value_index";

  /// Of 64: enough that few of a day's values share one, and their differences stay small.
  private static final int HASH_BITS = 28;

  /// A hash has four digits.
  private static final int DIGIT_BITS = HASH_BITS / 4;

  private static final int DIGITS = 1 << DIGIT_BITS;

  /// Entries that are known to be there, by the last bits of their hashes.
  private static final int RECENT = 1 << 13;

  /// Bits of a step, and what makes those of before 1970 come first.
  private static final int STEP_BITS = 35;

  private static final long STEP_ZERO = 1L << (STEP_BITS - 1);
  private static final long STEP_MASK = (1L << STEP_BITS) - 1;

  private static final Hasher64 HASHER = Hashing.xxh3_64();

  private final Block block = new Block();
  private final ShortColumn day = block.add("day", new ShortColumn("Date"));
  private final IntColumn hash = block.add("hash", new IntColumn("UInt32"));
  private final LongColumn step = block.add("step", new LongColumn("Int64"));

  /// Hash above, step below. Most values repeat, and those are not sorted time and again.
  private long[] entries = new long[1024];

  private final long[] recent = new long[RECENT];
  private long[] sorted = new long[0];
  private int size;

  /// The rows.
  public Block block() {
    return block;
  }

  /// Forgets the rows.
  public void clear() {
    block.clear();
    size = 0;
    Arrays.fill(recent, 0);
  }

  /// The hash by which a value is found, as in column `hash`.
  public static long hash(String value) {
    byte[] bytes = value.getBytes(UTF_8);
    return hash(bytes, 0, bytes.length);
  }

  private static long hash(byte[] bytes, int offset, int length) {
    return HASHER.hashBytesToLong(bytes, offset, length) >>> (Long.SIZE - HASH_BITS);
  }

  /// Takes a value of a span that started then, ns since 1970-01-01 UTC.
  public void add(byte[] bytes, int offset, int length, long start) {
    long hash = hash(bytes, offset, length);
    long entry = hash << STEP_BITS | (SpanOrder.step(start) + STEP_ZERO);
    int place = (int) hash & (RECENT - 1);
    if (recent[place] != entry) {
      recent[place] = entry;
      append(entry);
    }
  }

  private void append(long entry) {
    if (size == entries.length) {
      entries = Arrays.copyOf(entries, Math.multiplyExact(size, 2));
    }
    entries[size++] = entry;
  }

  /// Entries come in the order of their steps, as spans do. To deal them out by their hashes, digit
  /// by digit, keeps that, and takes a tenth of the time of a sort.
  private void sort() {
    if (!comeByStep()) {
      Arrays.sort(entries, 0, size);
      return;
    }
    if (sorted.length < size) {
      sorted = new long[entries.length];
    }
    for (int shift = STEP_BITS; shift < STEP_BITS + HASH_BITS; shift += DIGIT_BITS) {
      deal(shift);
    }
  }

  private boolean comeByStep() {
    for (int i = 1; i < size; i++) {
      if ((entries[i] & STEP_MASK) < (entries[i - 1] & STEP_MASK)) {
        return false;
      }
    }
    return true;
  }

  private void deal(int shift) {
    int[] places = new int[DIGITS + 1];
    for (int i = 0; i < size; i++) {
      places[digit(entries[i], shift) + 1]++;
    }
    for (int digit = 0; digit < DIGITS; digit++) {
      places[digit + 1] += places[digit];
    }
    for (int i = 0; i < size; i++) {
      sorted[places[digit(entries[i], shift)]++] = entries[i];
    }
    long[] dealt = sorted;
    sorted = entries;
    entries = dealt;
  }

  private static int digit(long entry, int shift) {
    return (int) (entry >>> shift) & (DIGITS - 1);
  }

  /// Makes the rows, in the table's order. To be called after the block's last span.
  public void finish(BlockId id) {
    sort();
    for (int i = 0; i < size; i++) {
      if (i == 0 || entries[i] != entries[i - 1]) {
        day.append(id.day());
        hash.append((int) (entries[i] >>> STEP_BITS));
        step.append((entries[i] & STEP_MASK) - STEP_ZERO);
      }
    }
    size = 0;
  }
}
