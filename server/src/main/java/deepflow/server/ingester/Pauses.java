package deepflow.server.ingester;

import java.time.Duration;

/// Pauses between attempts: the usual one, and twice as long after each failure in a row, up to a
/// limit. For one thread.
final class Pauses {
  private final Duration usual;
  private final Duration longest;
  private Duration next;

  Pauses(Duration usual, Duration longest) {
    this.usual = usual;
    this.longest = longest;
    next = usual;
  }

  Duration afterSuccess() {
    next = usual;
    return usual;
  }

  Duration afterFailure() {
    Duration pause = next;
    Duration doubled = pause.multipliedBy(2);
    next = doubled.compareTo(longest) < 0 ? doubled : longest;
    return pause;
  }
}
