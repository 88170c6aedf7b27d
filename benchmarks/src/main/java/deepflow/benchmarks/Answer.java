package deepflow.benchmarks;

import java.time.Duration;

/// What became of one sending of one request.
sealed interface Answer {
  /// The other side answered with full success: it has to keep these spans from now on.
  record Accepted() implements Answer {}

  /// There was nobody to send it to: no byte of it has left.
  record Unsent(String reason) implements Answer {}

  /// No answer, or one that asks to come back: the same bytes must be sent again.
  ///
  /// @param retryAfter the least wait before that; zero when it wasn't said
  record Again(String reason, Duration retryAfter) implements Answer {
    Again(String reason) {
      this(reason, Duration.ZERO);
    }
  }

  /// The other side said that it will never take some or all of it.
  record Refused(String reason) implements Answer {}
}
