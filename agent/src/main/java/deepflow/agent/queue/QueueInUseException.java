package deepflow.agent.queue;

import java.io.IOException;
import java.nio.file.Path;

/// Another process, or another queue of this one, works on the directory.
public final class QueueInUseException extends IOException {
  QueueInUseException(Path directory) {
    super(
        "the queue directory %s is in use by another agent: stop that one, or give this one another data directory"
            .formatted(directory));
  }
}
