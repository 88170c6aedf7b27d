package deepflow.ctl.conformance;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/// gRPC's Length-Prefixed-Message: one byte that says whether it is compressed, four of length.
final class GrpcFrame {
  private static final int HEADER_BYTES = 5;

  private GrpcFrame() {}

  static byte[] of(boolean compressed, byte[] message) {
    return of(compressed, message.length, message);
  }

  /// A frame that lies about its length.
  static byte[] of(boolean compressed, int length, byte[] message) {
    return ByteBuffer.allocate(HEADER_BYTES + message.length)
        .put((byte) (compressed ? 1 : 0))
        .putInt(length)
        .put(message)
        .array();
  }

  static Optional<byte[]> message(byte[] body) {
    boolean isOne =
        body.length >= HEADER_BYTES
            && body[0] == 0
            && ByteBuffer.wrap(body).getInt(1) == body.length - HEADER_BYTES;
    return isOne
        ? Optional.of(Arrays.copyOfRange(body, HEADER_BYTES, body.length))
        : Optional.empty();
  }
}
