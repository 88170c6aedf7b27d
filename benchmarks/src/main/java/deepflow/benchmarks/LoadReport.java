package deepflow.benchmarks;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/// What came of a load.
///
/// @param acceptedRequests requests that were answered with full success
/// @param acceptedSpans spans in them
/// @param resends how often a request that had been sent before was sent again
/// @param failures why requests were not settled at once, with how often; more than the resends
///   when there was nobody to send to
/// @param refusals what was said about requests that will never be taken, with how often
/// @param unanswered requests that were sent and had no final answer when the run was given up:
///   they may be kept or not
/// @param latencyP50 time from the first sending of a request to its acceptance
/// @param lastSendingP99 time from the sending that was accepted to its acceptance
public record LoadReport(
    long acceptedRequests,
    long acceptedSpans,
    long resends,
    Map<String, Long> failures,
    Map<String, Long> refusals,
    long unanswered,
    Duration duration,
    Duration latencyP50,
    Duration latencyP99,
    Duration lastSendingP99) {
  public double spansPerSecond() {
    return acceptedSpans / (duration.toNanos() / 1e9);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        """
        accepted %,d spans in %,d requests in %.1f s (%,.0f spans/s), p50 %.1f ms, p99 %.1f ms \
        (%.1f ms without resends); \
        %,d sent again, failures %s, refused %s, unanswered %d\
        """,
        acceptedSpans,
        acceptedRequests,
        duration.toNanos() / 1e9,
        spansPerSecond(),
        latencyP50.toNanos() / 1e6,
        latencyP99.toNanos() / 1e6,
        lastSendingP99.toNanos() / 1e6,
        resends,
        failures,
        refusals,
        unanswered);
  }
}
