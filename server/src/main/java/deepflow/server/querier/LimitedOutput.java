package deepflow.server.querier;

import java.io.ByteArrayOutputStream;

/// An answer under construction, which can't grow without bounds.
public final class LimitedOutput extends ByteArrayOutputStream {

  private final int bytesMax;

  /// An empty answer of at most so many bytes.
  public LimitedOutput(int bytesMax) {
    super(Math.min(bytesMax, 8192));
    this.bytesMax = bytesMax;
  }

  /// The answer grew over its limit.
  public static final class TooLargeException extends RuntimeException {
    TooLargeException(int bytesMax) {
      super("the answer is larger than %s bytes".formatted(bytesMax), null, false, false);
    }
  }

  @Override
  public synchronized void write(int b) {
    check(1);
    super.write(b);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    check(length);
    super.write(bytes, offset, length);
  }

  private void check(int more) {
    if (more > bytesMax - count) {
      throw new TooLargeException(bytesMax);
    }
  }

  /// Refuses an answer of that many bytes when they are too many.
  public static void check(int bytes, int bytesMax) {
    if (bytes > bytesMax) {
      throw new TooLargeException(bytesMax);
    }
  }
}
