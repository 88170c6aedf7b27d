package deepflow.server.ingester.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Attribute keys that were seen, with what they mean, so that a key costs one comparison.
///
/// Spans of one kind repeat the same keys in the same order: each key remembers which one followed
/// it, and that guess is tried before the table. Keys come from senders, so the table forgets
/// everything when it is full, and its hash has a secret.
final class KeyDictionary {
  /// A key. Where it follows another one, that one guesses it.
  static final class Key {
    final byte[] bytes;
    final int hash;

    /// Index of its [Meaning], or -1.
    final int meaning;

    final int rank;

    /// What became of its values under the newest name of its meaning; null when they are the same.
    final @Nullable NewValues newValues;

    /// Any key that begins so says that the span is HTTP, as in DeepFlow.
    final boolean beginsWithHttp;

    /// Its number in the dictionary of the block whose generation is [#generation].
    int index;

    long generation = -1;

    @Nullable Key next;
    @Nullable Key collision;

    Key(byte[] bytes, int hash) {
      this.bytes = bytes;
      this.hash = hash;
      Meaning.Name name = Meaning.of(bytes);
      meaning = name == null ? -1 : name.meaning().index();
      rank = name == null ? 0 : name.rank();
      newValues = name == null ? null : name.newValues();
      beginsWithHttp = startsWith(bytes, HTTP);
    }

    boolean is(byte[] source, int offset, int length) {
      return bytes.length == length
          && Arrays.equals(bytes, 0, length, source, offset, offset + length);
    }
  }

  private static final byte[] HTTP = "http".getBytes(StandardCharsets.US_ASCII);
  private static final int SLOTS = 1 << 13;
  private static final int KEYS_MAX = SLOTS / 2;
  private static final int KEY_BYTES_MAX = 256;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long secret = new SecureRandom().nextLong();
  private final @Nullable Key[] slots = new @Nullable Key[SLOTS];
  private int size;

  /// The key that a span's first one follows.
  private final Key start = new Key(new byte[0], 0);

  private Key previous = start;

  /// A new list of keys begins: the guess is its usual first key.
  void begin() {
    previous = start;
  }

  /// The key of these bytes; known from now on unless it is very long.
  Key find(byte[] source, int offset, int length) {
    if (length > KEY_BYTES_MAX) {
      // Neither in the table nor anyone's guess, or a hostile sender could fill the memory.
      return new Key(Arrays.copyOfRange(source, offset, offset + length), 0);
    }
    Key guess = previous.next;
    if (guess == null || !guess.is(source, offset, length)) {
      guess = look(source, offset, length);
      previous.next = guess;
    }
    previous = guess;
    return guess;
  }

  private Key look(byte[] source, int offset, int length) {
    int hash = hash(source, offset, length);
    for (Key key = slots[hash & (SLOTS - 1)]; key != null; key = key.collision) {
      if (key.hash == hash && key.is(source, offset, length)) {
        return key;
      }
    }
    Key key = new Key(Arrays.copyOfRange(source, offset, offset + length), hash);
    remember(key);
    return key;
  }

  private void remember(Key key) {
    if (size == KEYS_MAX) {
      Arrays.fill(slots, null);
      start.next = null;
      size = 0;
    }
    key.collision = slots[key.hash & (SLOTS - 1)];
    slots[key.hash & (SLOTS - 1)] = key;
    size++;
  }

  private int hash(byte[] source, int offset, int length) {
    long hash = secret ^ length * MULTIPLIER;
    int at = offset;
    int end = offset + length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = mix(hash ^ (long) LONG.get(source, at));
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

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }
}
