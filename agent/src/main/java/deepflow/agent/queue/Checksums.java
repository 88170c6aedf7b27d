package deepflow.agent.queue;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// CRC32C over parts of buffers.
final class Checksums {
  private Checksums() {}

  /// Of `length` bytes from `offset`, absolute; the buffer is left as it was.
  static int crc32c(ByteBuffer buffer, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.duplicate().limit(offset + length).position(offset));
    return (int) crc.getValue();
  }
}
