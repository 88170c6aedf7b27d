package deepflow.server.ingester.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What was made of envelopes, found by their whole content: no hash is ever believed. Forgets
/// everything when it is full, so that hostile senders fill no memory.
///
/// @param <V> what is made of an envelope
final class EnvelopeCache<V> {
  /// Bytes that name a content.
  static final int ID_BYTES = 16;

  private static final class Entry<V> {
    final int hash;
    final byte[] key;
    final V value;
    final @Nullable Entry<V> next;

    Entry(int hash, byte[] key, V value, @Nullable Entry<V> next) {
      this.hash = hash;
      this.key = key;
      this.value = value;
      this.next = next;
    }
  }

  private static final int SLOTS = 1 << 12;
  private static final long KEY_BYTES_MAX = 32 << 20;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long secret = new SecureRandom().nextLong();
  private final Function<Envelope, V> maker;
  private final @Nullable Entry<V>[] slots;
  private int size;
  private long keyBytes;

  @SuppressWarnings({"unchecked", "rawtypes"})
  EnvelopeCache(Function<Envelope, V> maker) {
    this.maker = maker;
    this.slots = new Entry[SLOTS];
  }

  V get(Envelope envelope) {
    ByteScratch key = envelope.key;
    int hash = hash(key.bytes, key.length);
    for (Entry<V> entry = slots[hash & (SLOTS - 1)]; entry != null; entry = entry.next) {
      if (entry.hash == hash
          && Arrays.equals(entry.key, 0, entry.key.length, key.bytes, 0, key.length)) {
        return entry.value;
      }
    }
    return put(hash, envelope);
  }

  private V put(int hash, Envelope envelope) {
    byte[] key = envelope.key.copy();
    if (size == SLOTS || keyBytes + key.length > KEY_BYTES_MAX) {
      Arrays.fill(slots, null);
      size = 0;
      keyBytes = 0;
    }
    V value = maker.apply(envelope);
    int slot = hash & (SLOTS - 1);
    slots[slot] = new Entry<>(hash, key, value, slots[slot]);
    size++;
    keyBytes += key.length;
    return value;
  }

  /// The first 128 bits of the SHA-256: nobody can make two contents that share them.
  static byte[] id(ByteScratch content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(content.bytes, 0, content.length);
      return Arrays.copyOf(digest.digest(), ID_BYTES);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
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
