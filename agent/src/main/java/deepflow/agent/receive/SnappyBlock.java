package deepflow.agent.receive;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import java.util.Arrays;

/// Snappy's two formats: a stream of frames, which begins with a chunk of its own, and one block,
/// which begins with its length as a varint.
///
/// Source: google/snappy, `framing_format.txt` and `format_description.txt`.
final class SnappyBlock {
  private static final byte[] STREAM_IDENTIFIER = {
    (byte) 0xFF, 6, 0, 0, 's', 'N', 'a', 'P', 'p', 'Y'
  };

  private SnappyBlock() {}

  /// Whether a body is a stream of frames. A block that begins so would claim 895 bytes and hold
  /// nothing.
  static boolean isFramed(Bytes body) {
    int end = body.offset() + STREAM_IDENTIFIER.length;
    return body.length() >= STREAM_IDENTIFIER.length
        && Arrays.equals(
            body.array(), body.offset(), end, STREAM_IDENTIFIER, 0, STREAM_IDENTIFIER.length);
  }

  /// Decompresses a block. What it claims to become is allocated only within the limit.
  ///
  /// @param share pays for the result, and no longer for the body, which must not be used again
  static Bytes decode(Bytes body, int limit, InFlight.Share share) throws NotTakenException {
    SnappyJavaDecompressor decompressor = new SnappyJavaDecompressor();
    try {
      if (body.length() == 0) {
        throw new MalformedInputException(0, "nothing");
      }
      int length = decompressor.getUncompressedLength(body.array(), body.offset());
      if (length > limit) {
        throw Coding.tooLarge(limit);
      }
      share.take(length);
      byte[] decoded = new byte[length];
      int written =
          decompressor.decompress(
              body.array(), body.offset(), body.length(), decoded, 0, decoded.length);
      share.release(body.array().length);
      return new Bytes(decoded, 0, written);
    } catch (MalformedInputException e) {
      throw Coding.SNAPPY.malformed(e);
    }
  }
}
