package deepflow.wire.otlp;

/// Varints written: seven bits a byte, lowest first, the top bit says that more follow.
final class Varint {
  private Varint() {}

  /// Bytes that a value takes, 1 to 10.
  static int size(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  /// Writes a value, which is taken for unsigned.
  ///
  /// @return index of the byte after it
  static int write(long value, byte[] target, int index) {
    long rest = value;
    int at = index;
    while (rest >>> 7 != 0) {
      target[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[at++] = (byte) rest;
    return at;
  }
}
