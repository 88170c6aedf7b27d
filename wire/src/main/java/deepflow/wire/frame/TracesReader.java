package deepflow.wire.frame;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/// Takes the messages out of DeepFlow's OpenTelemetry frames, types 6 and 11. Uncompressed, a
/// frame's payload is a row of messages:
///
/// | bytes | order | field |
/// |------:|-------|-------|
/// | 4 | little | bytes of the message, u32 |
/// | as said | – | serialized `TracesData`; in type 11 a zlib stream of it |
///
/// `TracesData` and ExportTraceServiceRequest have the same bytes. For one thread.
///
/// Source: DeepFlow `server/ingester/flow_log/decoder/decoder.go`, 2026-06.
public final class TracesReader {
  /// The most that a frame may hold before compression, and all of its messages before their own.
  public static final int BYTES_MAX = 64 << 20;

  private ByteBuffer messages = ByteBuffer.allocate(0);
  private boolean zlibMessages;
  private byte[] array = new byte[0];
  private int offset;
  private int length;

  /// What the messages that are left may still hold.
  private int left;

  /// Makes `frame` the one that is read.
  ///
  /// @throws MalformedFrameException when it carries no traces or isn't what its encoder says
  public void open(Frame frame) throws MalformedFrameException {
    zlibMessages =
        switch (frame.type()) {
          case OPENTELEMETRY -> false;
          case OPENTELEMETRY_COMPRESSED -> true;
          case METRICS,
              SKYWALKING,
              DATADOG,
              HELLO,
              WELCOME,
              BATCH,
              ACKNOWLEDGEMENT,
              REFUSAL,
              REPORT ->
              throw new MalformedFrameException("%s carries no traces".formatted(frame.type()), 4);
        };
    byte[] payload = new byte[frame.payload().remaining()];
    frame.payload().duplicate().get(payload);
    left = BYTES_MAX;
    messages =
        ByteBuffer.wrap(decoded(frame.header().encoding(), payload)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Moves to the next message; false at the end.
  ///
  /// @throws MalformedFrameException when the message is cut off or its zlib stream is broken
  public boolean next() throws MalformedFrameException {
    if (!messages.hasRemaining()) {
      return false;
    }
    int start = messages.position();
    if (messages.remaining() < Integer.BYTES) {
      throw new MalformedFrameException("message without its length", start);
    }
    length = messages.getInt();
    if (length < 0 || length > messages.remaining()) {
      throw new MalformedFrameException(
          "message of %s bytes".formatted(Integer.toUnsignedLong(length)), start);
    }
    array = messages.array();
    offset = messages.position();
    messages.position(offset + length);
    if (zlibMessages) {
      array =
          all(
              "zlib message",
              new InflaterInputStream(new ByteArrayInputStream(array, offset, length)),
              left);
      offset = 0;
      length = array.length;
      left -= length;
    }
    return true;
  }

  /// Holds the current message at [#offset].
  public byte[] array() {
    return array;
  }

  public int offset() {
    return offset;
  }

  public int length() {
    return length;
  }

  private static byte[] decoded(FrameEncoding encoding, byte[] payload)
      throws MalformedFrameException {
    try {
      InputStream source = new ByteArrayInputStream(payload);
      return switch (encoding) {
        case RAW -> payload;
        case ZLIB -> all("zlib frame", new InflaterInputStream(source), BYTES_MAX);
        case GZIP -> all("gzip frame", new GZIPInputStream(source), BYTES_MAX);
        case ZSTD -> all("zstd frame", new ZstdInputStreamNoFinalizer(source), BYTES_MAX);
      };
    } catch (IOException broken) {
      throw new MalformedFrameException("broken %s frame".formatted(encoding), broken);
    }
  }

  private static byte[] all(String what, InputStream stream, int bytesMax)
      throws MalformedFrameException {
    try (stream) {
      byte[] bytes = stream.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new MalformedFrameException("%s of too many bytes".formatted(what), bytesMax);
      }
      return bytes;
    } catch (EOFException cut) {
      throw new MalformedFrameException("%s is cut off".formatted(what), cut);
    } catch (IOException broken) {
      throw new MalformedFrameException("broken %s".formatted(what), broken);
    }
  }
}
