package deepflow.agent.queue;

import java.time.Duration;

/// What became of an offered [Entry]. The receiver turns it into HTTP or gRPC in one place; nobody
/// else decides a status code.
public sealed interface Admission {
  /// The entry is on disk, fsynced. Answer success.
  ///
  /// @param batch number of the batch that holds it
  record Durable(long batch) implements Admission {}

  /// An identical request is already on disk: the sender missed our answer. Answer success and
  /// count it; nothing was written.
  record Repeated() implements Admission {}

  /// The entry was not kept: the sender must keep the data and come back.
  ///
  /// @param retryAfter when trying again makes sense
  /// @param reason one sentence for the sender and the log
  record Busy(Duration retryAfter, String reason) implements Admission {}
}
