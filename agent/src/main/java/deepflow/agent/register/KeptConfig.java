package deepflow.agent.register;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.wire.control.ConfigProblemsException;
import deepflow.wire.control.ConfigStatus;
import deepflow.wire.control.GroupConfig;
import deepflow.wire.control.GroupConfigFile;
import deepflow.wire.control.ServerToAgent.RemoteConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The group's configuration that is in force, in memory and on disk. For one thread at a time.
public final class KeptConfig {
  static final String FILE = "group-config.yaml";

  private static final Logger log = LoggerFactory.getLogger(KeptConfig.class);
  private static final String REVISION = "# revision: ";

  private final Path directory;
  private final Path file;
  private GroupConfig config = GroupConfig.DEFAULT;
  private String yaml = "";
  private ConfigStatus status = ConfigStatus.NONE;

  /// In force, and not surely on disk.
  private @Nullable RemoteConfig unwritten;

  private KeptConfig(Path directory) {
    this.directory = directory;
    file = directory.resolve(FILE);
  }

  /// Reads what was kept. A file that can't be used is said in the log, and counts as none.
  ///
  /// @param data the agent's directory
  public static KeptConfig load(Path data) {
    KeptConfig kept = new KeptConfig(data);
    if (Files.exists(kept.file)) {
      kept.load();
    }
    return kept;
  }

  private void load() {
    try {
      String text = Files.readString(file);
      int end = text.indexOf('\n');
      if (!text.startsWith(REVISION) || end < 0) {
        throw new IOException("its first line has no revision");
      }
      String kept = text.substring(end + 1);
      config = GroupConfigFile.parse(kept).config();
      yaml = kept;
      status = ConfigStatus.applied(text.substring(REVISION.length(), end));
      log.info(
          "Working by the group's configuration {} until a controller says otherwise",
          status.revision());
    } catch (IOException | ConfigProblemsException e) {
      log.error("The kept configuration {} can't be used, so none is: {}", file, e.getMessage());
    }
  }

  /// What is in force.
  public GroupConfig config() {
    return config;
  }

  String yaml() {
    return yaml;
  }

  ConfigStatus status() {
    return status;
  }

  /// Puts another configuration in force, if it can be used; [#status] says whether it could.
  void replace(RemoteConfig offered) {
    try {
      config = GroupConfigFile.parse(offered.yaml()).config();
      yaml = offered.yaml();
    } catch (ConfigProblemsException e) {
      status = ConfigStatus.failed(offered.revision(), String.valueOf(e.getMessage()));
      return;
    }
    unwritten = offered;
    status = written(offered);
  }

  /// Writes what is in force if that could not be done before: nobody offers it again, and its
  /// masks must be there at the next start. [#status] says whether it could.
  void retryWrite() {
    RemoteConfig lacking = unwritten;
    if (lacking == null) {
      return;
    }
    ConfigStatus now = written(lacking);
    if (now.state() == ConfigStatus.State.APPLIED) {
      log.info("The group's configuration {} is on disk now", lacking.revision());
    }
    if (status.revision().equals(lacking.revision())) { // else it is of one that can't be used
      status = now;
    }
  }

  private ConfigStatus written(RemoteConfig obeyed) {
    try {
      write(REVISION + obeyed.revision() + "\n" + obeyed.yaml());
      unwritten = null;
      return ConfigStatus.applied(obeyed.revision());
    } catch (IOException e) {
      return ConfigStatus.failed(
          obeyed.revision(),
          "applied, but lost at the next start unless it can be written until then: %s: %s"
              .formatted(file, e));
    }
  }

  /// Durable when it returns; a crash before leaves the old or the new text.
  private void write(String text) throws IOException {
    Path written = file.resolveSibling(FILE + ".new");
    try (FileChannel channel =
        FileChannel.open(
            written,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }
}
