package deepflow.server.ingester;

import deepflow.server.ingester.receive.ReceivedBatch;

/// A batch on its way into the store.
record Waiting(ReceivedBatch batch, Care care) {
  /// How a batch is put into a block. When a block can't be made or stored, each of its batches
  /// gets more care: so the one that breaks it is found.
  enum Care {
    /// With others.
    TOGETHER,
    /// In a block of its own.
    ALONE,
    /// Its spans into a file instead: [SetAside].
    ASIDE
  }

  /// One that has just come.
  static Waiting of(ReceivedBatch batch) {
    return new Waiting(batch, Care.TOGETHER);
  }

  /// Whether more batches may come into its block.
  boolean isTogether() {
    return care == Care.TOGETHER;
  }

  /// The same after its block broke.
  Waiting withMoreCare() {
    return new Waiting(batch, care == Care.TOGETHER ? Care.ALONE : Care.ASIDE);
  }
}
