package deepflow.ctl.conformance;

import java.io.IOException;

/// Sends requests, from any number of threads.
interface Client extends AutoCloseable {
  /// An answer above this is not read to its end: twice what OTLP allows.
  int REPLY_BYTES_MAX = 8 << 20;

  /// Sends a request and waits for its answer.
  ///
  /// @throws IOException when there is no answer, or one that is no HTTP
  Reply send(Call call) throws IOException;

  @Override
  void close();
}
