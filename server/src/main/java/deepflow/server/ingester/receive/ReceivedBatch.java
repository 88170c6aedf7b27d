package deepflow.server.ingester.receive;

import deepflow.wire.frame.Frame;
import deepflow.wire.frame.LinkMessage;

/// A batch that was taken from a connection and is on its way into the store.
///
/// @param session the agent's
/// @param epoch of the agent when it sent the batch
/// @param number in the agent's queue
/// @param content what it holds; the bytes are its own
public record ReceivedBatch(Session session, long epoch, long number, Content content) {
  /// What a batch holds.
  public sealed interface Content {
    /// Bytes that it keeps in memory.
    int bytes();

    /// As one of our agents sealed it. Its checksum was right.
    record Sealed(LinkMessage.Batch batch) implements Content {
      @Override
      public int bytes() {
        return batch.zstd().remaining();
      }
    }

    /// A frame of a DeepFlow agent.
    record Traces(Frame frame) implements Content {
      @Override
      public int bytes() {
        return frame.payload().remaining();
      }
    }
  }
}
