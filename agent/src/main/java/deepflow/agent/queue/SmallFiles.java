package deepflow.agent.queue;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Files that are replaced whole.
final class SmallFiles {
  private SmallFiles() {}

  /// Gives the file `name` the content `bytes`, durably; a crash leaves the old or the new content.
  static void replace(Disk disk, String name, String temporary, ByteBuffer bytes)
      throws IOException {
    disk.delete(temporary);
    try (DiskFile file = disk.create(temporary)) {
      file.write(bytes, 0);
      file.sync();
    }
    disk.rename(temporary, name);
    disk.sync();
  }
}
