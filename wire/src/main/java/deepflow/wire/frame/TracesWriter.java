package deepflow.wire.frame;

import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/// Makes DeepFlow's OpenTelemetry frames, one message each; [TracesReader] has the layout.
///
/// A frame is of type 11, which DeepFlow's own agents send and every version of its server takes;
/// the rare message that zlib makes no smaller goes as it is, in type 6. The frame's own encoder is
/// never used: servers before 6.6 don't know it.
///
/// Reusable, off the heap. For one thread.
public final class TracesWriter implements AutoCloseable {
  /// The largest message: its frame has [FrameDecoder#FRAME_BYTES_MAX] then.
  public static final int MESSAGE_BYTES_MAX =
      FrameDecoder.FRAME_BYTES_MAX - FrameHeader.BYTES - Integer.BYTES;

  private static final int MESSAGE_AT = FrameHeader.BYTES + Integer.BYTES;
  private static final int TEAM = 1;
  private static final int ORGANISATION = 1;

  private final Deflater zlib = new Deflater(Deflater.BEST_SPEED);
  private final ByteBuffer frame = ByteBuffer.allocateDirect(FrameDecoder.FRAME_BYTES_MAX);
  private final FrameHeader plain;
  private final FrameHeader compressed;

  /// @param agentId as DeepFlow's controller gave it; 0 when it gave none
  public TracesWriter(int agentId) {
    plain = header(MessageType.OPENTELEMETRY, agentId);
    compressed = header(MessageType.OPENTELEMETRY_COMPRESSED, agentId);
  }

  private static FrameHeader header(MessageType type, int agentId) {
    return new FrameHeader(type, FrameEncoding.RAW, TEAM, ORGANISATION, agentId);
  }

  /// Makes the frame of a message.
  ///
  /// @param message holds serialized TracesData of at most [#MESSAGE_BYTES_MAX] in a range
  /// @return the whole frame; dies at the next call
  public ByteBuffer frame(byte[] message, int offset, int length) {
    frame.clear().position(MESSAGE_AT).limit(MESSAGE_AT + length);
    zlib.reset();
    zlib.setInput(message, offset, length);
    zlib.finish();
    zlib.deflate(frame);
    if (zlib.finished()) {
      return finish(compressed);
    }
    frame.position(MESSAGE_AT).put(message, offset, length);
    return finish(plain);
  }

  private ByteBuffer finish(FrameHeader header) {
    frame.flip();
    int messageBytes = frame.limit() - MESSAGE_AT;
    header.writeTo(frame, Integer.BYTES + messageBytes);
    frame.putInt(messageBytes);
    return frame.rewind();
  }

  @Override
  public void close() {
    zlib.end();
  }
}
