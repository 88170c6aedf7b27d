package deepflow.server.ingester.decode;

import java.util.Arrays;

/// Attributes as positions in the request's bytes, in the sender's order. One list is used again
/// for every span, so that a span costs no object.
///
/// The type of an attribute is one ASCII letter, as the column `attribute_types` has it:
///
/// | letter | value | where |
/// |--------|-------|-------|
/// | `s` | string | value offset and length |
/// | `i` | int | [#number] |
/// | `d` | double | its bits in [#number] |
/// | `b` | bool | 0 or 1 in [#number] |
/// | `o` | anything else | value offset and length of the serialized AnyValue |
final class AttributeList {
  static final byte STRING = 's';
  static final byte INTEGER = 'i';
  static final byte DOUBLE = 'd';
  static final byte BOOLEAN = 'b';
  static final byte OTHER = 'o';

  /// What 64 MiB can have of two bytes each would take twenty times as much here.
  static final int COUNT_MAX = 1 << 20;

  int size;
  int[] keyOffset = new int[64];
  int[] keyLength = new int[64];
  byte[] type = new byte[64];
  int[] valueOffset = new int[64];
  int[] valueLength = new int[64];
  long[] number = new long[64];

  void clear() {
    size = 0;
  }

  /// Whether there is room for none.
  boolean isFull() {
    return size == COUNT_MAX;
  }

  /// Makes room for one more, unless it is full, and returns its index.
  int add() {
    if (size == type.length) {
      grow();
    }
    return size++;
  }

  private void grow() {
    int capacity = Math.multiplyExact(size, 2);
    keyOffset = Arrays.copyOf(keyOffset, capacity);
    keyLength = Arrays.copyOf(keyLength, capacity);
    type = Arrays.copyOf(type, capacity);
    valueOffset = Arrays.copyOf(valueOffset, capacity);
    valueLength = Arrays.copyOf(valueLength, capacity);
    number = Arrays.copyOf(number, capacity);
  }

  void setNumber(int index, byte letter, long value) {
    type[index] = letter;
    number[index] = value;
  }

  void setBytes(int index, byte letter, int offset, int length) {
    type[index] = letter;
    valueOffset[index] = offset;
    valueLength[index] = length;
  }

  /// Whether all of `[from, to)` are strings.
  boolean allStrings(int from, int to) {
    for (int i = from; i < to; i++) {
      if (type[i] != STRING) {
        return false;
      }
    }
    return true;
  }
}
