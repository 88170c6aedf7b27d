package deepflow.agent.queue;

import java.io.IOException;
import java.nio.ByteBuffer;

/// An open file of a [Disk].
interface DiskFile extends AutoCloseable {
  long size() throws IOException;

  /// Writes all of `source` at `position`. After an exception any part of it may have been written.
  void write(ByteBuffer source, long position) throws IOException;

  /// Fills `target` from `position` on as far as the file goes.
  void read(ByteBuffer target, long position) throws IOException;

  void truncate(long size) throws IOException;

  /// Makes the bytes durable. After an exception nobody knows which of the bytes since the last
  /// sync are, and syncing again proves nothing: the kernel may have dropped them and forgotten it.
  void sync() throws IOException;

  @Override
  void close() throws IOException;
}
