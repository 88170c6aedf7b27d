package deepflow.agent.receive;

import deepflow.agent.queue.Admission;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Hash128;
import deepflow.agent.queue.Intake;
import deepflow.agent.receive.ReceiveMetrics.Outcome;
import deepflow.wire.otlp.CheckedRequest;
import deepflow.wire.otlp.RequestCut;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Gives a request to the queue: most as one entry, those of very many spans in pieces, each an
/// entry with a hash of its own.
///
/// The next piece is made when the one before is safe, and the sender is told of success when the
/// last one is. A sender that is told to come back, or that hears nothing, sends the whole request
/// again: of the same pieces, those that are safe are recognised.
final class EntryByEntry {
  private final RequestCut pieces;
  private final @Nullable InetAddress sender;
  private final long receivedNanos;
  private final Intake queue;
  private final ReceiveMetrics metrics;
  private Hash128 hash;

  /// Of a piece that was new; null when none was.
  private Admission.@Nullable Durable durable;

  /// @param hash of the request as the sender sent it
  EntryByEntry(
      CheckedRequest.Accepted request,
      @Nullable InetAddress sender,
      long receivedNanos,
      Hash128 hash,
      Intake queue,
      ReceiveMetrics metrics) {
    this.pieces = new RequestCut(request);
    this.sender = sender;
    this.receivedNanos = receivedNanos;
    this.hash = hash;
    this.queue = queue;
    this.metrics = metrics;
  }

  /// What became of all of them.
  CompletableFuture<Admission> keep() {
    CheckedRequest.Accepted piece = pieces.next();
    Entry entry =
        new Entry(
            piece.request(),
            piece.offset(),
            piece.length(),
            piece.spans(),
            sender,
            piece.hostIpAdded(),
            receivedNanos,
            hash);
    hash = hash.next();
    return queue.offer(entry).thenCompose(admission -> after(admission, piece.spans()));
  }

  private CompletableFuture<Admission> after(Admission admission, int spans) {
    metrics.spans(outcome(admission), spans);
    if (admission instanceof Admission.Busy) {
      queue.busy(pieces.spansLeft());
      metrics.spans(Outcome.BUSY, pieces.spansLeft());
      return CompletableFuture.completedFuture(admission);
    }
    if (admission instanceof Admission.Durable newest) {
      durable = newest;
    }
    if (pieces.spansLeft() == 0) {
      return CompletableFuture.completedFuture(durable == null ? admission : durable);
    }
    // The queue's writer has other things to do than to cut.
    return CompletableFuture.completedFuture(admission).thenComposeAsync(_ -> keep());
  }

  private static Outcome outcome(Admission admission) {
    return switch (admission) {
      case Admission.Durable _ -> Outcome.ACCEPTED;
      case Admission.Repeated _ -> Outcome.REPEATED;
      case Admission.Busy _ -> Outcome.BUSY;
    };
  }
}
