package deepflow.agent.receive;

/// The one message of a unary gRPC request's body.
///
/// | offset | bytes | order | field |
/// |-------:|------:|-------|-------|
/// | 0 | 1 | – | 1 when the message is compressed by grpc-encoding, else 0 |
/// | 1 | 4 | big | length of the message |
/// | 5 | length | – | the message |
///
/// Source: gRPC over HTTP/2, "Length-Prefixed-Message".
final class GrpcFrame {
  static final int HEADER_BYTES = 5;

  private GrpcFrame() {}

  /// Takes the message out of a body.
  ///
  /// @throws NotTakenException malformed when the body is not exactly one message
  static Bytes message(Bytes body, Coding coding, int bytesMax, InFlight.Share share)
      throws NotTakenException {
    if (body.length() < HEADER_BYTES) {
      throw malformed("gRPC body of " + body.length() + " bytes has no message");
    }
    byte[] array = body.array();
    int start = body.offset();
    long length =
        (array[start + 1] & 0xFFL) << 24
            | (array[start + 2] & 0xFF) << 16
            | (array[start + 3] & 0xFF) << 8
            | (array[start + 4] & 0xFF);
    int rest = body.length() - HEADER_BYTES;
    if (length != rest) {
      throw malformed(
          length > rest
              ? "gRPC message of " + length + " bytes ends after " + rest
              : "more than one gRPC message in a unary call");
    }
    Bytes message = new Bytes(array, start + HEADER_BYTES, rest);
    return switch (array[start]) {
      case 0 -> message;
      case 1 -> decompressed(message, coding, bytesMax, share);
      default -> throw malformed("gRPC message has flags " + (array[start] & 0xFF));
    };
  }

  private static Bytes decompressed(
      Bytes message, Coding coding, int bytesMax, InFlight.Share share) throws NotTakenException {
    if (coding == Coding.IDENTITY) {
      throw malformed("gRPC message is compressed, but grpc-encoding doesn't say how");
    }
    return coding.decode(message, bytesMax, share);
  }

  private static NotTakenException malformed(String message) {
    return NotTakenException.refused(Refusal.MALFORMED, message);
  }
}
