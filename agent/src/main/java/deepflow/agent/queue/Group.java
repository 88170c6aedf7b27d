package deepflow.agent.queue;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Entries that become one batch, with who waits for the answer.
record Group(List<Offer> offers, long bytes) {
  boolean isEmpty() {
    return offers.isEmpty();
  }

  int spans() {
    int spans = 0;
    for (Offer offer : offers) {
      spans = Math.addExact(spans, offer.entry.spans());
    }
    return spans;
  }

  /// One entry that waits for the disk.
  record Offer(Entry entry, long bytes, CompletableFuture<Admission> answer) {}
}
