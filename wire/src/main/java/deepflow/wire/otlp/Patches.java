package deepflow.wire.otlp;

import java.util.Arrays;

/// Changes to a serialized message, in the order of its bytes: each takes some bytes away at a
/// place and puts others there. Places are reserved while a message is walked and filled in when
/// what they need (a new length) is known. Used again and again.
final class Patches {
  /// Marks a patch that writes no length.
  private static final int NO_LENGTH = -1;

  /// Changes at most: what a request of nothing but empty messages would otherwise cost is many
  /// times its own size.
  static final int COUNT_MAX = 1 << 20;

  private static final int INITIAL = 64;

  /// Room beyond this is not kept for the next message.
  private static final int KEPT_MAX = 1 << 14;

  private static final byte[] NOTHING = {};

  private int count;
  private int[] at = {};
  private int[] removed = {};
  private int[] length = {};
  private byte[][] inserted = {};

  Patches() {
    resize(INITIAL);
  }

  void clear() {
    count = 0;
    if (at.length > KEPT_MAX) {
      resize(INITIAL);
    }
    Arrays.fill(inserted, NOTHING);
  }

  /// Whether no more changes can be reserved.
  boolean isFull() {
    return count == COUNT_MAX;
  }

  /// Adds a change that changes nothing yet.
  ///
  /// @param position index in the source; not below that of the change before
  int reserve(int position) {
    if (count == at.length) {
      resize(count * 2);
    }
    at[count] = position;
    removed[count] = 0;
    length[count] = NO_LENGTH;
    return count++;
  }

  /// Takes bytes away; what follows upon a cut makes that one longer.
  void cut(int from, int to) {
    int last = count - 1;
    if (last >= 0 && isCut(last) && at[last] + removed[last] == from) {
      removed[last] += to - from;
    } else {
      int patch = reserve(from); // first: it may put another array in the place of `removed`
      removed[patch] = to - from;
    }
  }

  private boolean isCut(int patch) {
    return removed[patch] > 0 && length[patch] == NO_LENGTH;
  }

  /// Takes away what is at a reserved place; returns it.
  byte[] take(int patch, byte[] source, int bytes) {
    removed[patch] = bytes;
    return Arrays.copyOfRange(source, at[patch], at[patch] + bytes);
  }

  /// Puts bytes at a reserved place.
  void insert(int patch, byte[] bytes) {
    inserted[patch] = bytes;
  }

  /// Writes another length at a reserved place.
  ///
  /// @param oldBytes how many bytes the old length has there
  /// @return by how many bytes this lengthens the message; below 0 when it shortens it
  int length(int patch, int oldBytes, int newLength) {
    removed[patch] = oldBytes;
    length[patch] = newLength;
    return Varint.size(newLength) - oldBytes;
  }

  /// A copy of the source with all changes made.
  ///
  /// @param newLength its length, known to the caller as the sum of what changed
  byte[] apply(byte[] source, int offset, int end, int newLength) {
    byte[] target = new byte[newLength];
    int from = offset;
    int to = 0;
    for (int i = 0; i < count; i++) {
      int kept = at[i] - from;
      System.arraycopy(source, from, target, to, kept);
      to = write(i, target, to + kept);
      from = at[i] + removed[i];
    }
    System.arraycopy(source, from, target, to, end - from);
    return target;
  }

  private int write(int patch, byte[] target, int to) {
    if (length[patch] != NO_LENGTH) {
      return Varint.write(length[patch], target, to);
    }
    byte[] bytes = inserted[patch];
    System.arraycopy(bytes, 0, target, to, bytes.length);
    return to + bytes.length;
  }

  private void resize(int capacity) {
    at = Arrays.copyOf(at, capacity);
    removed = Arrays.copyOf(removed, capacity);
    length = Arrays.copyOf(length, capacity);
    int filled = Math.min(inserted.length, capacity);
    inserted = Arrays.copyOf(inserted, capacity);
    Arrays.fill(inserted, filled, capacity, NOTHING);
  }
}
