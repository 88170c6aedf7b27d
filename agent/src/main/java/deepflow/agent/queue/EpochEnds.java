package deepflow.agent.queue;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Map;

/// Where the segments of earlier epochs end. Behind it lay what was refused, because it could not
/// be written: its sender may send it again. So the cut has to last before anything is accepted, or
/// a power loss brings back what is then there twice.
final class EpochEnds {
  private final Disk disk;

  /// By file, those of which it is not known whether they last.
  private final Map<String, Long> loose = new LinkedHashMap<>();

  EpochEnds(Disk disk) {
    this.disk = disk;
  }

  void add(Segment lastOfEpoch) {
    loose.put(lastOfEpoch.name(), lastOfEpoch.end);
  }

  /// Makes all of them last.
  ///
  /// @throws IOException when the disk doesn't let it; call again
  void settle() throws IOException {
    for (var ends = loose.entrySet().iterator(); ends.hasNext(); ends.remove()) {
      Map.Entry<String, Long> end = ends.next();
      try (DiskFile file = disk.open(end.getKey())) {
        file.truncate(end.getValue());
        file.sync();
      } catch (NoSuchFileException _) {
        // The server has all of it.
      }
    }
  }
}
