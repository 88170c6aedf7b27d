package deepflow.agent.receive;

import static java.util.Locale.ROOT;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyFramedInputStream;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/// How a body is compressed. Decompression goes step by step and stops at the limit: what a few
/// bytes claim to become is never allocated on their word.
enum Coding {
  IDENTITY {
    @Override
    InputStream open(Bytes body) {
      throw new IllegalStateException("nothing to decompress");
    }
  },
  GZIP {
    @Override
    InputStream open(Bytes body) throws IOException {
      return new GZIPInputStream(stream(body), BUFFER);
    }
  },
  DEFLATE {
    // RFC 9110 means zlib's format by "deflate"; some senders leave its header out.
    @Override
    InputStream open(Bytes body) {
      return new InflaterInputStream(stream(body), new Inflater(!hasZlibHeader(body)), BUFFER) {
        @Override
        public void close() throws IOException {
          super.close();
          inf.end();
        }
      };
    }
  },
  ZSTD {
    @Override
    InputStream open(Bytes body) throws IOException {
      ZstdInputStreamNoFinalizer zstd =
          new ZstdInputStreamNoFinalizer(stream(body), RecyclingBufferPool.INSTANCE);
      zstd.setLongMax(WINDOW_LOG_MAX);
      return zstd;
    }
  },
  SNAPPY {
    // Senders mean two formats by one name; the collector's receivers look into the body as well.
    @Override
    InputStream open(Bytes body) throws IOException {
      return new SnappyFramedInputStream(new SnappyJavaDecompressor(), stream(body));
    }

    @Override
    Bytes decode(Bytes body, int bytesMax, InFlight.Share share) throws NotTakenException {
      return SnappyBlock.isFramed(body)
          ? super.decode(body, bytesMax, share)
          : SnappyBlock.decode(body, limit(body, bytesMax), share);
    }
  };

  /// Their names in headers.
  static final String KNOWN = "gzip, zstd, snappy, deflate, identity";

  private static final int BUFFER = 8 << 10;
  private static final int INITIAL = 64 << 10;

  /// 32 MiB: what the strongest levels of common zstd libraries use.
  private static final int WINDOW_LOG_MAX = 25;

  /// Beyond this many times its size no honest request shrinks; judged from [#RATIO_FROM] bytes on.
  private static final int RATIO_MAX = 1000;

  private static final int RATIO_FROM = 4 << 20;

  /// The coding of a header's value, in any letter case; null when it is not known.
  static @Nullable Coding of(String name) {
    return switch (name.strip().toLowerCase(ROOT)) {
      case "", "identity", "none" -> IDENTITY;
      case "gzip", "x-gzip" -> GZIP;
      case "deflate", "zlib" -> DEFLATE;
      case "zstd" -> ZSTD;
      case "snappy", "x-snappy-framed" -> SNAPPY;
      default -> null;
    };
  }

  abstract InputStream open(Bytes body) throws IOException;

  /// Decompresses a body.
  ///
  /// @param share pays for the result, and no longer for the body, which must not be used again
  /// @throws NotTakenException too large above `bytesMax` or [#RATIO_MAX] times the body's size;
  ///   malformed when it is not what it says or is cut off
  Bytes decode(Bytes body, int bytesMax, InFlight.Share share) throws NotTakenException {
    if (this == IDENTITY) {
      return body;
    }
    int limit = limit(body, bytesMax);
    try (InputStream stream = open(body)) {
      long expected = Math.min(limit, Math.max(INITIAL, body.length() * 4L));
      Bytes decoded = readAll(stream, limit, expected, share);
      share.release(body.array().length);
      return decoded;
    } catch (IOException | MalformedInputException e) {
      throw malformed(e);
    }
  }

  NotTakenException malformed(Exception e) {
    String why = e instanceof EOFException ? "it is cut off" : e.getMessage();
    return NotTakenException.refused(
        Refusal.MALFORMED, "body is not " + name().toLowerCase(ROOT) + ": " + why);
  }

  static NotTakenException tooLarge(int limit) {
    return NotTakenException.refused(
        Refusal.TOO_LARGE, "request is larger than " + limit + " bytes when decompressed");
  }

  private static int limit(Bytes body, int bytesMax) {
    return (int) Math.min(bytesMax, Math.max(RATIO_FROM, (long) body.length() * RATIO_MAX));
  }

  private static Bytes readAll(InputStream stream, int limit, long expected, InFlight.Share share)
      throws IOException, NotTakenException {
    share.take(expected);
    byte[] array = new byte[(int) expected];
    int length = 0;
    while (true) {
      int count = stream.read(array, length, array.length - length);
      if (count < 0) {
        return new Bytes(array, 0, length);
      }
      length += count;
      if (length == array.length) {
        int capacity = (int) Math.min(limit + 1L, array.length * 2L);
        if (length > limit) {
          throw tooLarge(limit);
        }
        share.take(capacity - array.length);
        array = Arrays.copyOf(array, capacity);
      }
    }
  }

  private static InputStream stream(Bytes body) {
    return new ByteArrayInputStream(body.array(), body.offset(), body.length());
  }

  private static boolean hasZlibHeader(Bytes body) {
    if (body.length() < 2) {
      return true;
    }
    int first = body.array()[body.offset()] & 0xFF;
    int second = body.array()[body.offset() + 1] & 0xFF;
    return (first & 0x0F) == 8 && (first << 8 | second) % 31 == 0;
  }
}
