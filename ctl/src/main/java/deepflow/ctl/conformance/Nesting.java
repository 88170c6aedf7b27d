package deepflow.ctl.conformance;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/// Protobuf written from the inside out: each step wraps what is there in one more message, without
/// copying it.
final class Nesting {
  private static final int LENGTH_DELIMITED = 2;

  private byte[] bytes = new byte[1 << 16];
  private int start = bytes.length;

  /// Makes what is there the one field of a message.
  void in(int field) {
    byte[] tagAndLength = new byte[16];
    CodedOutputStream out = CodedOutputStream.newInstance(tagAndLength);
    try {
      out.writeTag(field, LENGTH_DELIMITED);
      out.writeUInt32NoTag(bytes.length - start);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory doesn't fail
    }
    before(Arrays.copyOf(tagAndLength, out.getTotalBytesWritten()));
  }

  /// Puts bytes in front of what is there.
  void before(byte[] more) {
    if (more.length > start) {
      int added = Math.max(bytes.length, more.length);
      byte[] larger = new byte[bytes.length + added];
      System.arraycopy(bytes, start, larger, start + added, bytes.length - start);
      bytes = larger;
      start += added;
    }
    start -= more.length;
    System.arraycopy(more, 0, bytes, start, more.length);
  }

  byte[] toByteArray() {
    return Arrays.copyOfRange(bytes, start, bytes.length);
  }
}
