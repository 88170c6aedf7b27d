package deepflow.agent.queue;

import java.io.IOException;
import java.util.List;

/// The few operations on one directory that the queue needs; the seam at which disks fail in tests.
/// Nothing is durable before it is synced: a file's bytes by [DiskFile#sync], a name's coming,
/// going and change by [#sync].
interface Disk extends AutoCloseable {
  /// Names of all files, in no order.
  List<String> names() throws IOException;

  /// A new, empty file.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException when the name is taken
  DiskFile create(String name) throws IOException;

  /// An existing file, for reading and writing.
  ///
  /// @throws java.nio.file.NoSuchFileException when there is none
  DiskFile open(String name) throws IOException;

  /// Gives a file another name; a file that had it is gone. Atomic.
  void rename(String from, String to) throws IOException;

  /// Removes a name; files that are open stay readable. No error when there is none.
  void delete(String name) throws IOException;

  /// Makes all changes of names durable.
  void sync() throws IOException;

  /// Lets another process have the directory.
  @Override
  void close() throws IOException;
}
