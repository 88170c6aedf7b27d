package deepflow.agent.queue;

import java.util.concurrent.CompletableFuture;

/// Takes entries into safety; implemented by the durable queue. The seam at which `receive` is
/// tested without a disk.
public interface Intake {
  /// Never blocks and never throws for a condition of the disk: that is [Admission.Busy]. The
  /// future completes on the queue's writer thread, so what hangs on it must not block.
  ///
  /// @throws IllegalArgumentException when [DurableQueue#holds] says that the entry is too large
  CompletableFuture<Admission> offer(Entry entry);

  /// Spans came that can never be taken.
  default void refused(int spans) {}

  /// Spans came for which there was no room: their sender was told to come back. Those that
  /// [#offer] answers with [Admission.Busy] are counted already.
  default void busy(int spans) {}

  /// A request came that can never be taken; nobody knows how many spans were in it.
  default void refusedRequest() {}

  /// The secret of this queue that keys [Entry#hash]: random when the queue directory was made and
  /// the same ever after, so that hashes stay comparable over restarts and nobody can aim at a
  /// collision.
  long hashSecret();
}
