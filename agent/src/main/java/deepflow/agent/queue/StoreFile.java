package deepflow.agent.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import deepflow.wire.frame.Identity;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file `store`: the identity of the store that the queue sends to, 32 hexadecimal digits and a
/// line feed; text, because a person who moves to another store deletes it.
final class StoreFile {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFile.class);
  private static final String FILE = "store";
  private static final String NEW_FILE = "store.new";
  private static final int BYTES_MAX = 64;

  private final Disk disk;

  StoreFile(Disk disk) {
    this.disk = disk;
  }

  @Nullable Identity load() throws IOException {
    if (!disk.names().contains(FILE)) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(BYTES_MAX);
    try (DiskFile file = disk.open(FILE)) {
      SegmentWalk.readOrZeros(file, bytes, 0);
    }
    try {
      return Identity.parse(US_ASCII.decode(bytes.flip()).toString().strip());
    } catch (IllegalArgumentException damaged) {
      LOG.warn(
          "The file {} is damaged: the next store that answers is taken for the right one", FILE);
      return null;
    }
  }

  void save(Identity store) throws IOException {
    SmallFiles.replace(disk, FILE, NEW_FILE, US_ASCII.encode(store + "\n"));
  }
}
