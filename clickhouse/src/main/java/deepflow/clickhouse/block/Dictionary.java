package deepflow.clickhouse.block;

import java.security.SecureRandom;
import java.util.Arrays;

/// Numbers byte strings in the order of their first appearance. Open addressing, no object a key.
final class Dictionary {
  /// Senders choose the keys; without a secret they could choose keys that collide.
  private static final long SECRET = new SecureRandom().nextLong();

  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final int FIRST_SLOTS = 64;

  private final ByteBuilder keys = new ByteBuilder();
  private int size;

  /// Of each key: its chunk in [#keys], where its bytes begin there, their length and their hash.
  private int[] chunks = new int[FIRST_SLOTS / 2];

  private int[] starts = new int[FIRST_SLOTS / 2];

  private int[] lengths = new int[FIRST_SLOTS / 2];
  private int[] hashes = new int[FIRST_SLOTS / 2];

  /// Number of a key plus one; 0 is free. At most half of them are taken.
  private int[] slots = new int[FIRST_SLOTS];

  int size() {
    return size;
  }

  /// The keys as Native strings.
  ByteBuilder keys() {
    return keys;
  }

  void clear() {
    keys.clear();
    size = 0;
    Arrays.fill(slots, 0);
  }

  /// The number of the key, which is added when it is new.
  int indexOf(byte[] source, int offset, int length) {
    int hash = hash(source, offset, length);
    int slot = hash & (slots.length - 1);
    while (slots[slot] != 0) {
      int index = slots[slot] - 1;
      if (hashes[index] == hash && equal(index, source, offset, length)) {
        return index;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    slots[slot] = size + 1;
    return add(hash, source, offset, length);
  }

  private boolean equal(int index, byte[] source, int offset, int length) {
    int start = starts[index];
    return lengths[index] == length
        && Arrays.equals(
            keys.chunk(chunks[index]), start, start + length, source, offset, offset + length);
  }

  private int add(int hash, byte[] source, int offset, int length) {
    keys.putString(source, offset, length);
    chunks[size] = keys.chunks() - 1;
    starts[size] = keys.sizeOfLast() - length;
    lengths[size] = length;
    hashes[size] = hash;
    int index = size++;
    if (size == starts.length) {
      grow();
    }
    return index;
  }

  private void grow() {
    chunks = Arrays.copyOf(chunks, 2 * size);
    starts = Arrays.copyOf(starts, 2 * size);
    lengths = Arrays.copyOf(lengths, 2 * size);
    hashes = Arrays.copyOf(hashes, 2 * size);
    slots = new int[4 * size];
    for (int index = 0; index < size; index++) {
      int slot = hashes[index] & (slots.length - 1);
      while (slots[slot] != 0) {
        slot = (slot + 1) & (slots.length - 1);
      }
      slots[slot] = index + 1;
    }
  }

  private static int hash(byte[] source, int offset, int length) {
    long hash = SECRET ^ length * MULTIPLIER;
    int at = offset;
    int end = offset + length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = mix(hash ^ (long) ByteBuilder.LONG.get(source, at));
    }
    long rest = 0;
    for (; at < end; at++) {
      rest = rest << 8 | (source[at] & 0xFF);
    }
    hash = mix(hash ^ rest);
    return (int) (hash ^ hash >>> 32);
  }

  private static long mix(long value) {
    return (value * MULTIPLIER) ^ Math.unsignedMultiplyHigh(value, MULTIPLIER);
  }
}
