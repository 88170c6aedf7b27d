package deepflow.benchmarks;

import java.time.Duration;
import java.util.List;

/// What a load consists of.
///
/// @param mill makes the requests
/// @param requests how many of them; the load ends by itself after that many
/// @param targets where they go; connections are dealt out to them in turn
/// @param connections how many senders work at once, each with one connection and one request under
///   way
/// @param spansPerSecond the pace of all together; [Double#POSITIVE_INFINITY] for as fast as it
///   goes
/// @param pauseBeforeResend how long a sender waits before it sends the same bytes again
/// @param heedsRetryAfter whether it waits longer when it is told so, as OTLP asks for
public record Load(
    SpanMill mill,
    long requests,
    List<Target> targets,
    int connections,
    double spansPerSecond,
    Duration pauseBeforeResend,
    boolean heedsRetryAfter) {
  /// A load of senders that do as they are told.
  public Load(
      SpanMill mill,
      long requests,
      List<Target> targets,
      int connections,
      double spansPerSecond,
      Duration pauseBeforeResend) {
    this(mill, requests, targets, connections, spansPerSecond, pauseBeforeResend, true);
  }

  public Load {
    targets = List.copyOf(targets);
    if (targets.isEmpty() || connections < targets.size()) {
      throw new IllegalArgumentException(
          "%d connections for %d targets".formatted(connections, targets.size()));
    }
  }
}
