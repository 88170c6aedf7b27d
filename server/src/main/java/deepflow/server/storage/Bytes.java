package deepflow.server.storage;

import java.util.Arrays;
import java.util.HexFormat;

/// Bytes that compare by their content. Nobody changes the array.
public final class Bytes {
  private final byte[] array;

  /// The bytes of an array that nobody changes from now on.
  public Bytes(byte[] array) {
    this.array = array;
  }

  /// The bytes themselves: not to be changed.
  public byte[] array() {
    return array;
  }

  void appendTo(ProtobufWriter message) {
    message.raw(array, 0, array.length);
  }

  void appendTo(int field, ProtobufWriter message) {
    message.bytes(field, array);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(array, bytes.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  /// Hexadecimal digits.
  @Override
  public String toString() {
    return HexFormat.of().formatHex(array);
  }
}
