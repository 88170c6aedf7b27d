package deepflow.server.ingester;

import deepflow.server.ingester.Waiting.Care;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.ingester.decode.SpanRefusal;
import deepflow.server.storage.Commit;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes one block after the other, each of whole batches. What it knows of resources that are in
/// the store already is true only as long as each of its blocks gets there: after one that doesn't,
/// there must be a new maker. For one thread.
final class BlockMaker implements AutoCloseable {
  private final Draft draft;
  private final DraftWriter writer;
  private final SpanEncoder encoder = new SpanEncoder();
  private final SetAside aside;

  /// Of the block that is being made.
  private final List<Waiting> batches = new ArrayList<>();

  /// A block that is ready to be stored, and what it is made of.
  ///
  /// @param refused spans that are not in it, by reason
  /// @param merged spans that would have been in it more than once
  /// @param unreadable requests that are not in it
  /// @param receivedNanos when an agent took the oldest request, ns since 1970-01-01 UTC;
  ///   [Long#MAX_VALUE] when none says
  record Sealed(
      StoredBlock block,
      List<Waiting> batches,
      Map<SpanRefusal, Integer> refused,
      int merged,
      int unreadable,
      long receivedNanos) {

    /// How its batches were put into it.
    Care care() {
      return batches.getFirst().care();
    }
  }

  BlockMaker(Draft draft, SetAside aside) {
    this.draft = draft;
    this.writer = new DraftWriter(draft);
    this.aside = aside;
  }

  void add(Waiting waiting) throws InterruptedException {
    batches.add(waiting);
    if (waiting.care() == Care.ASIDE) {
      // The batch stays, without its spans: so its agent needn't send it again.
      writer.addRefused(waiting.batch(), SpanRefusal.SET_ASIDE, aside.keep(waiting.batch()));
    } else {
      writer.add(waiting.batch());
    }
  }

  /// Whether nothing was added since the last block.
  boolean isEmpty() {
    return batches.isEmpty();
  }

  /// Whether more batches may be added to the block.
  boolean takesMore() {
    return batches.isEmpty() || batches.getLast().isTogether();
  }

  /// What was added since the last block.
  List<Waiting> batches() {
    return List.copyOf(batches);
  }

  int spans() {
    return draft.spans();
  }

  long bytes() {
    return draft.bytes();
  }

  /// Completes the block.
  ///
  /// @param block begun and empty
  Sealed seal(StoredBlock block) {
    encoder.encode(draft, block);
    block.end(
        commits(draft.batches()),
        draft.batches().stream().flatMap(batch -> batch.refused().stream()).toList());
    Sealed sealed =
        new Sealed(
            block,
            batches(),
            encoder.refused(),
            encoder.merged(),
            writer.unreadable(),
            writer.oldestReceivedNanos());
    draft.clear();
    writer.begin();
    batches.clear();
    return sealed;
  }

  private static List<Commit> commits(List<Batch> batches) {
    var byAgent = new LinkedHashMap<Identity, List<Batch>>();
    batches.forEach(
        batch -> byAgent.computeIfAbsent(batch.agent(), _ -> new ArrayList<>()).add(batch));
    return byAgent.values().stream().map(BlockMaker::commit).toList();
  }

  /// @param batches of one agent, in their order
  private static Commit commit(List<Batch> batches) {
    Batch last = batches.getLast();
    return new Commit(
        last.agent(),
        last.epoch(),
        batches.getFirst().number(),
        last.number(),
        batches.size(),
        batches.stream().mapToLong(Batch::spans).sum(),
        batches.stream().mapToLong(Batch::refusedSpans).sum());
  }

  @Override
  public void close() {
    writer.close();
  }
}
