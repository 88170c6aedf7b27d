package deepflow.wire.frame;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/// Reads [Frame]s from a blocking channel. Its memory follows the bytes that arrived, never a size
/// that was only claimed, and returns to 64 KiB when a large frame was dealt with, or any while
/// memory is scarce. For one thread, but for [#isSlow] and [#silentNanos].
public final class FrameReader {
  private static final int INITIAL_BYTES = 64 << 10;
  private static final int RETAINED_BYTES_MAX = 4 << 20;

  /// The channel copies through an off-heap buffer of the size that it is asked for and keeps it.
  private static final int READ_BYTES_MAX = 256 << 10;

  private static final long NANOS = 1_000_000_000L;
  private static final int STEP_BYTES = 32 << 10;
  private static final long STEP_NANOS_MAX = 60 * NANOS;

  /// While others wait for the memory.
  private static final long SCARCE_STEP_NANOS_MAX = 10 * NANOS;

  private final ReadableByteChannel channel;
  private final FrameMemory memory;
  private final FrameDecoder decoder = new FrameDecoder();
  private ByteBuffer received = ByteBuffer.allocate(INITIAL_BYTES).flip();

  /// Taken from [#memory].
  private int held;

  /// Whether the other end sends again what isn't acknowledged.
  private boolean sendsAgain;

  /// Of a frame that has begun to arrive.
  private volatile @Nullable Step step;

  /// @param sinceNanos since when less than [#STEP_BYTES] more came, by [System#nanoTime]
  /// @param bytes how many were there then
  private record Step(long sinceNanos, int bytes) {}

  /// Since when the other end is listened to; 0 while it isn't.
  private volatile long listensSince;

  public FrameReader(ReadableByteChannel channel) {
    this(channel, FrameMemory.unlimited());
  }

  /// @param memory of all connections: who has no large frame waits for it
  public FrameReader(ReadableByteChannel channel, FrameMemory memory) {
    this.channel = channel;
    this.memory = memory;
  }

  /// See [FrameDecoder#allowLargeFrames]. Who sends them sends them again, unless they are
  /// acknowledged.
  public void allowLargeFrames() {
    decoder.allowLargeFrames();
    sendsAgain = true;
  }

  /// Blocks until the next frame is whole. The frame before it dies: its bytes are overwritten.
  ///
  /// @return the frame, on the heap; or null when the other end closed between two frames
  /// @throws EOFException when the other end closed within a frame
  /// @throws FrameMemory.BusyException when there is no memory for the rest of the frame
  public @Nullable Frame read() throws IOException, MalformedFrameException {
    shrink();
    try {
      while (true) {
        Frame frame = decoder.next(received);
        if (frame != null) {
          return frame;
        }
        makeRoom();
        note();
        int end = received.limit();
        int roomEnd = Math.min(received.capacity(), end + READ_BYTES_MAX);
        int count = listen(received.duplicate().limit(roomEnd).position(end));
        if (count < 0) {
          return endOfStream();
        }
        received.limit(end + count);
      }
    } finally {
      step = null;
    }
  }

  private int listen(ByteBuffer into) throws IOException {
    listensSince = System.nanoTime();
    try {
      return channel.read(into);
    } finally {
      listensSince = 0;
    }
  }

  /// For how long nothing has come from the other end while it was listened to.
  ///
  /// @param nowNanos as [System#nanoTime] counts
  public long silentNanos(long nowNanos) {
    long since = listensSince;
    return since == 0 ? 0 : Math.max(0, nowNanos - since);
  }

  private void note() {
    int came = received.remaining();
    Step before = step;
    if (came > 0 && (before == null || came - before.bytes >= STEP_BYTES)) {
      step = new Step(System.nanoTime(), came);
    }
  }

  /// Whether a frame doesn't come to its end: less than 32 KiB of it in a minute, or in ten seconds
  /// while it takes memory that is scarce.
  ///
  /// @param nowNanos as [System#nanoTime] counts
  public boolean isSlow(long nowNanos) {
    Step last = step;
    if (last == null) {
      return false;
    }
    boolean scarce = last.bytes >= INITIAL_BYTES && memory.isScarce();
    return nowNanos - last.sinceNanos > (scarce ? SCARCE_STEP_NANOS_MAX : STEP_NANOS_MAX);
  }

  private @Nullable Frame endOfStream() throws EOFException {
    if (received.hasRemaining()) {
      throw new EOFException(
          "connection ended %s bytes into a frame".formatted(received.remaining()));
    }
    return null;
  }

  /// Gives back what the frame before needed.
  private void shrink() {
    boolean wanted = held > RETAINED_BYTES_MAX || memory.isScarce();
    if (held > 0 && wanted && received.remaining() < INITIAL_BYTES) {
      received = ByteBuffer.allocate(INITIAL_BYTES).put(received).flip();
      release();
    }
  }

  /// Leaves room for at least one byte behind the limit, and moves bytes only when the frame would
  /// not fit otherwise.
  private void makeRoom() throws IOException, MalformedFrameException {
    int frameBytes = Math.max(decoder.frameBytes(received), FrameHeader.BYTES);
    if (received.capacity() - received.position() < frameBytes) {
      received.compact().flip();
    }
    if (received.limit() == received.capacity()) {
      int whole = FrameMemory.rounded(frameBytes);
      grow(Math.min(Math.multiplyExact(received.capacity(), 2), whole));
    }
  }

  private void grow(int capacity) throws IOException {
    int more = capacity - received.capacity();
    // It may have to wait, which is not the sender's fault.
    step = null;
    try {
      if (held == 0 && !sendsAgain) {
        memory.takeInAnyCase(more);
      } else {
        memory.take(more, held);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new ClosedByInterruptException();
    }
    held += more;
    received = ByteBuffer.allocate(capacity).put(received).flip();
  }

  /// Gives back all memory: nothing is read any more.
  public void release() {
    memory.giveBack(held);
    held = 0;
  }
}
