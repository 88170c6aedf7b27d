package deepflow.wire.frame;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/// Reads [Frame]s from a blocking channel. Its memory follows the bytes that arrived, never a size
/// that was only claimed, and returns to 64 KiB when a large frame was dealt with. For one thread.
public final class FrameReader {
  private static final int INITIAL_BYTES = 64 << 10;
  private static final int RETAINED_BYTES_MAX = 4 << 20;

  /// The channel copies through an off-heap buffer of the size that it is asked for and keeps it.
  private static final int READ_BYTES_MAX = 256 << 10;

  private final ReadableByteChannel channel;
  private final FrameDecoder decoder = new FrameDecoder();
  private ByteBuffer received = ByteBuffer.allocate(INITIAL_BYTES).flip();

  public FrameReader(ReadableByteChannel channel) {
    this.channel = channel;
  }

  /// See [FrameDecoder#allowLargeFrames].
  public void allowLargeFrames() {
    decoder.allowLargeFrames();
  }

  /// Blocks until the next frame is whole. The frame before it dies: its bytes are overwritten.
  ///
  /// @return the frame, on the heap; or null when the other end closed between two frames
  /// @throws EOFException when the other end closed within a frame
  public @Nullable Frame read() throws IOException, MalformedFrameException {
    while (true) {
      Frame frame = decoder.next(received);
      if (frame != null) {
        return frame;
      }
      makeRoom();
      int end = received.limit();
      int roomEnd = Math.min(received.capacity(), end + READ_BYTES_MAX);
      int count = channel.read(received.duplicate().limit(roomEnd).position(end));
      if (count < 0) {
        return endOfStream();
      }
      received.limit(end + count);
    }
  }

  private @Nullable Frame endOfStream() throws EOFException {
    if (received.hasRemaining()) {
      throw new EOFException(
          "connection ended %s bytes into a frame".formatted(received.remaining()));
    }
    return null;
  }

  /// Leaves room for at least one byte behind the limit, and moves bytes only when the frame would
  /// not fit otherwise.
  private void makeRoom() throws MalformedFrameException {
    int frameBytes = Math.max(decoder.frameBytes(received), FrameHeader.BYTES);
    if (received.capacity() > RETAINED_BYTES_MAX && frameBytes < INITIAL_BYTES) {
      received = ByteBuffer.allocate(INITIAL_BYTES).put(received).flip();
    } else if (received.capacity() - received.position() < frameBytes) {
      received.compact().flip();
    }
    if (received.limit() == received.capacity()) {
      int grown = Math.min(Math.multiplyExact(received.capacity(), 2), frameBytes);
      received = ByteBuffer.allocate(grown).put(received).flip();
    }
  }
}
