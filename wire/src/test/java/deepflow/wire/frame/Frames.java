package deepflow.wire.frame;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/// Bytes that tests write as hexadecimal digits, spaced as the layout's tables are.
final class Frames {
  private Frames() {}

  static byte[] hex(String spaced) {
    return HexFormat.of().parseHex(spaced.replaceAll("\\s", ""));
  }

  static Frame frame(byte[] bytes) throws MalformedFrameException {
    return requireNonNull(new FrameDecoder().next(ByteBuffer.wrap(bytes)));
  }

  static byte[] remaining(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
