package deepflow.server.ingester.receive;

/// Takes batches towards the store.
@FunctionalInterface
public interface BatchSink {
  /// Takes a batch; waits while there is no room, which makes the agent wait.
  ///
  /// @throws InterruptedException when the batch was not taken because everything stops
  void put(ReceivedBatch batch) throws InterruptedException;
}
