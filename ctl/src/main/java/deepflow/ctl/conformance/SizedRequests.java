package deepflow.ctl.conformance;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Requests at a server's size limit and one byte above it, made once for all checks and targets.
///
/// They hold no span, so that nothing of them is kept.
final class SizedRequests {
  private static final int UNKNOWN_FIELD = 1000;
  private static final int LENGTH_DELIMITED = 2;

  private final int limitBytes;
  private final Map<Encoding, byte[]> tooLargeCompressed = new EnumMap<>(Encoding.class);
  private final Map<Encoding, byte[]> largestCompressed = new EnumMap<>(Encoding.class);
  private byte @Nullable [] tooLarge;

  SizedRequests(int limitBytes) {
    this.limitBytes = limitBytes;
  }

  byte[] tooLarge() {
    byte[] known = tooLarge;
    if (known == null) {
      known = ofSize(limitBytes + 1);
      tooLarge = known;
    }
    return known;
  }

  byte[] tooLarge(Encoding encoding) {
    return tooLargeCompressed.computeIfAbsent(encoding, e -> e.compress(tooLarge()));
  }

  /// The largest that the server takes.
  byte[] largest(Encoding encoding) {
    return largestCompressed.computeIfAbsent(encoding, e -> e.compress(ofSize(limitBytes)));
  }

  /// A request of exactly so many bytes, nearly all of them in a field that nobody knows; of those
  /// a sixty-fourth is random, so that no decompressor takes it for a bomb.
  private static byte[] ofSize(int bytes) {
    byte[] request = new byte[bytes];
    int payload = bytes - CodedOutputStream.computeTagSize(UNKNOWN_FIELD);
    payload -= CodedOutputStream.computeUInt32SizeNoTag(payload);
    byte[] noise = new byte[bytes / 64];
    new Random(bytes).nextBytes(noise);
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(request);
      out.writeTag(UNKNOWN_FIELD, LENGTH_DELIMITED);
      out.writeUInt32NoTag(payload);
      out.writeRawBytes(noise);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory doesn't fail
    }
    return request;
  }
}
