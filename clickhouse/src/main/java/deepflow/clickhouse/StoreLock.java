package deepflow.clickhouse;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a second process off a store. The engine has a lock of its own, but when that one is taken
/// it gives no reason that could be shown. Gone with the process, however that ends.
final class StoreLock implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreLock.class);
  private static final String FILE = "deepflow.lock";

  private final FileChannel channel;

  private StoreLock(FileChannel channel) {
    this.channel = channel;
  }

  static StoreLock take(Path path) throws IOException, ClickHouseException {
    var channel =
        FileChannel.open(path.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (isTaken(channel)) {
      channel.close();
      throw new ClickHouseException(
          ClickHouseException.Kind.BUSY,
          EngineError.CANNOT_OPEN_FILE,
          "another process has the store %s open".formatted(path));
    }
    return new StoreLock(channel);
  }

  private static boolean isTaken(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() == null;
    } catch (OverlappingFileLockException _) {
      return true;
    }
  }

  /// Idempotent.
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      log.warn("the lock of the store was not released cleanly", e);
    }
  }
}
