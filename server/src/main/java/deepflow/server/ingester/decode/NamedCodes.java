package deepflow.server.ingester.decode;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A small, fixed table from ASCII names, in any case of letters, to numbers. Asking makes no
/// object.
final class NamedCodes {
  private final byte[] @Nullable [] names;
  private final int[] codes;
  private final int mask;

  private NamedCodes(int slots) {
    names = new byte[slots][];
    codes = new int[slots];
    mask = slots - 1;
  }

  /// @param pairs name in lower case, then its number, and so on
  static NamedCodes of(Object... pairs) {
    var table = new NamedCodes(Integer.highestOneBit(pairs.length) * 4);
    for (int i = 0; i < pairs.length; i += 2) {
      table.put(((String) pairs[i]).getBytes(StandardCharsets.US_ASCII), (Integer) pairs[i + 1]);
    }
    return table;
  }

  private void put(byte[] name, int code) {
    int slot = hash(name, 0, name.length) & mask;
    while (names[slot] != null) {
      slot = (slot + 1) & mask;
    }
    names[slot] = name;
    codes[slot] = code;
  }

  /// The number of a name, or `otherwise`.
  int get(byte[] source, int offset, int length, int otherwise) {
    int slot = hash(source, offset, length) & mask;
    for (byte @Nullable [] name = names[slot]; name != null; name = names[slot]) {
      if (equal(name, source, offset, length)) {
        return codes[slot];
      }
      slot = (slot + 1) & mask;
    }
    return otherwise;
  }

  private static boolean equal(byte[] name, byte[] source, int offset, int length) {
    if (name.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name[i] != lower(source[offset + i])) {
        return false;
      }
    }
    return true;
  }

  private static int hash(byte[] source, int offset, int length) {
    // Longer text than any name is no name: its first bytes are enough to land somewhere.
    int hash = length;
    for (int i = offset; i < offset + Math.min(length, 24); i++) {
      hash = hash * 31 + lower(source[i]);
    }
    return hash ^ hash >>> 15;
  }

  private static byte lower(byte letter) {
    return letter >= 'A' && letter <= 'Z' ? (byte) (letter + 32) : letter;
  }
}
