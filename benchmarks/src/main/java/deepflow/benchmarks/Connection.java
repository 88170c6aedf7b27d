package deepflow.benchmarks;

/// One connection to a [Target], used by one thread at a time. It connects when it has to and again
/// after a failure.
interface Connection extends AutoCloseable {
  /// Sends a request and waits for its answer.
  ///
  /// @param request a serialised ExportTraceServiceRequest
  Answer send(byte[] request);

  @Override
  void close();
}
