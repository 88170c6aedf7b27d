package deepflow.wire.frame;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Cuts a TCP byte stream into [Frame]s; [FrameHeader] has the layout. The caller owns the buffer.
public final class FrameDecoder {
  /// The largest frame of a DeepFlow agent, and of anybody before HELLO.
  public static final int FRAME_BYTES_MAX = 512_000;

  /// The largest frame after HELLO.
  public static final int LARGE_FRAME_BYTES_MAX = 80 << 20;

  private int frameBytesMax = FRAME_BYTES_MAX;

  /// Takes frames of up to [#LARGE_FRAME_BYTES_MAX] from now on: HELLO was accepted.
  public void allowLargeFrames() {
    frameBytesMax = LARGE_FRAME_BYTES_MAX;
  }

  /// Takes the next whole frame from `received`.
  ///
  /// @param received positioned at a frame's first byte; advanced past the frame only when one is
  ///   returned
  /// @return the frame, or null when more bytes are needed
  /// @throws MalformedFrameException when the size is below a header's or above the limit, or type
  ///   or encoder are unknown; `received` is then left as it was
  public @Nullable Frame next(ByteBuffer received) throws MalformedFrameException {
    int frameBytes = frameBytes(received);
    if (frameBytes < 0 || received.remaining() < FrameHeader.BYTES) {
      return null;
    }
    int start = received.position();
    // Judged as soon as it is there: rubbish must not make us wait for its payload.
    FrameHeader header = FrameHeader.read(received, start);
    if (received.remaining() < frameBytes) {
      return null;
    }
    Frame frame =
        new Frame(
            header,
            received.duplicate().limit(start + frameBytes).position(start + FrameHeader.BYTES));
    received.position(start + frameBytes);
    return frame;
  }

  /// Bytes of the frame at the position of `received`, or -1 when its size is not there yet.
  /// Checked before any of the frame is awaited: a hostile size must not make anybody hold 2 GiB.
  int frameBytes(ByteBuffer received) throws MalformedFrameException {
    if (received.remaining() < Integer.BYTES) {
      return -1;
    }
    int start = received.position();
    int frameBytes = received.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(start);
    if (frameBytes < FrameHeader.BYTES || frameBytes > frameBytesMax) {
      throw new MalformedFrameException(
          "frame size %s is not between %s and %s"
              .formatted(Integer.toUnsignedLong(frameBytes), FrameHeader.BYTES, frameBytesMax),
          start);
    }
    return frameBytes;
  }
}
