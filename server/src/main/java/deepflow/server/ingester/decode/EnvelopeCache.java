package deepflow.server.ingester.decode;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.function.Function;

/// What was made of envelopes, found by their whole content.
///
/// @param <V> what is made of an envelope
final class EnvelopeCache<V> {
  /// Bytes that name a content.
  static final int ID_BYTES = 16;

  private static final int ENVELOPES_MAX = 1 << 12;

  private final ContentCache<V> cache = new ContentCache<>(ENVELOPES_MAX);
  private final Function<Envelope, V> maker;

  EnvelopeCache(Function<Envelope, V> maker) {
    this.maker = maker;
  }

  V get(Envelope envelope) {
    V known = cache.find(envelope.key);
    if (known != null) {
      return known;
    }
    V made = maker.apply(envelope);
    cache.put(envelope.key, made);
    return made;
  }

  /// The first 128 bits of the SHA-256: nobody can make two contents that share them.
  static byte[] id(ByteScratch content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(content.bytes, 0, content.length);
      return Arrays.copyOf(digest.digest(), ID_BYTES);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
