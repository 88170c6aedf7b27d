package deepflow.agent.receive;

import java.time.Duration;

/// What a sender is told, before it is put into HTTP or gRPC by [Answers].
sealed interface Answer {
  /// Every span that was taken is safe.
  ///
  /// @param rejectedSpans how many spans were not taken; the sender must not send them again
  /// @param message why, in English; empty when all were taken
  record Taken(int rejectedSpans, String message) implements Answer {}

  /// Nothing was taken and nothing ever will be.
  record Refused(Refusal refusal, String message) implements Answer {}

  /// Nothing was taken now: the sender must keep the data and come back.
  record Busy(Duration retryAfter, String message) implements Answer {}
}
