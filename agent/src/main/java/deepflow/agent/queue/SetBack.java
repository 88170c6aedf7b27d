package deepflow.agent.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file `set-back`: the server has a batch that this queue can't have sent, so the directory
/// was put back to an older state, or copied, and nothing in it is sent any more. That the file is
/// there says it, whatever is in it (the batch's number and a line feed, for a person), so that no
/// damage takes it back.
final class SetBack {
  private static final Logger LOG = LoggerFactory.getLogger(SetBack.class);
  private static final String FILE = "set-back";
  private static final String NEW_FILE = "set-back.new";
  private static final String REASON =
      "the server has batches of this agent's queue that it can't have sent: its directory was"
          + " copied, or put back to an older state; stop the agent and move the directory away,"
          + " so that it makes a new one (nothing that is in it is sent any more)";

  private final Disk disk;
  private boolean saved;
  private volatile boolean found;

  SetBack(Disk disk) throws IOException {
    this.disk = disk;
    saved = disk.names().contains(FILE);
    found = saved;
    if (found) {
      LOG.error("The queue sends and takes nothing: {}", REASON);
    }
  }

  /// What happened and what to do, for the log, senders and `/ready`; null when nothing did.
  @Nullable String reason() {
    return found ? REASON : null;
  }

  /// From now on, and after each start, the queue is known to be set back.
  ///
  /// @param number the batch that the server has
  synchronized void found(long number) {
    if (!found) {
      found = true;
      LOG.error("The server has batch {}, and the queue stops: {}", number, REASON);
    }
    if (saved) {
      return;
    }
    try {
      ByteBuffer text = US_ASCII.encode(number + "\n");
      SmallFiles.replace(disk, FILE, NEW_FILE, text);
      saved = true;
    } catch (IOException failed) {
      // The next start asks the server again, and so far nothing is taken.
      LOG.warn("Could not keep in {} that the queue is set back: {}", FILE, failed.toString());
    }
  }
}
