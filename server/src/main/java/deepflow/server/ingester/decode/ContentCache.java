package deepflow.server.ingester.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Values found by bytes, all of them: no hash is ever believed. Forgets everything when it is
/// full, so that hostile senders fill no memory.
final class ContentCache<V> {
  private static final class Entry<V> {
    final int hash;
    final byte[] key;
    V value;
    final @Nullable Entry<V> next;

    Entry(int hash, byte[] key, V value, @Nullable Entry<V> next) {
      this.hash = hash;
      this.key = key;
      this.value = value;
      this.next = next;
    }
  }

  private static final long KEY_BYTES_MAX = 32 << 20;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long secret = new SecureRandom().nextLong();
  private final @Nullable Entry<V>[] slots;
  private int size;
  private long keyBytes;

  /// @param slots how many values there is room for, a power of two
  @SuppressWarnings({"unchecked", "rawtypes"})
  ContentCache(int slots) {
    this.slots = new Entry[slots];
  }

  @Nullable V find(ByteScratch key) {
    int hash = hash(key.bytes, key.length);
    for (Entry<V> entry = slots[hash & (slots.length - 1)]; entry != null; entry = entry.next) {
      if (entry.hash == hash
          && Arrays.equals(entry.key, 0, entry.key.length, key.bytes, 0, key.length)) {
        return entry.value;
      }
    }
    return null;
  }

  /// Adds a value, or puts it in the place of the one that is there.
  void put(ByteScratch key, V value) {
    if (size == slots.length || keyBytes + key.length > KEY_BYTES_MAX) {
      clear();
    }
    int hash = hash(key.bytes, key.length);
    int slot = hash & (slots.length - 1);
    for (Entry<V> entry = slots[slot]; entry != null; entry = entry.next) {
      if (entry.hash == hash
          && Arrays.equals(entry.key, 0, entry.key.length, key.bytes, 0, key.length)) {
        entry.value = value;
        return;
      }
    }
    slots[slot] = new Entry<>(hash, key.copy(), value, slots[slot]);
    size++;
    keyBytes += key.length;
  }

  void clear() {
    if (size > 0) {
      Arrays.fill(slots, null);
      size = 0;
      keyBytes = 0;
    }
  }

  private int hash(byte[] source, int length) {
    long hash = secret ^ length;
    int at = 0;
    for (; at + Long.BYTES <= length; at += Long.BYTES) {
      hash = mix(hash ^ (long) LONG.get(source, at));
    }
    long rest = 0;
    for (; at < length; at++) {
      rest = rest << 8 | (source[at] & 0xFF);
    }
    hash = mix(hash ^ rest);
    return (int) (hash ^ hash >>> 32);
  }

  private static long mix(long value) {
    return (value * MULTIPLIER) ^ Math.unsignedMultiplyHigh(value, MULTIPLIER);
  }
}
