package deepflow.server.ingester;

import deepflow.server.ingester.BlockMaker.Sealed;
import deepflow.server.ingester.decode.SpanRefusal;
import deepflow.server.storage.Rollup;
import deepflow.server.storage.StoredBlock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/// Counts what becomes of spans on their way into the store.
final class IngestMetrics {
  private static final Duration LAG_MAX = Duration.ofDays(365);

  private final Counter spans;
  private final Counter blocks;
  private final Counter blockBytes;
  private final Counter retries;
  private final Counter merged;
  private final Counter secondsOverflow;
  private final Counter minutesOverflow;
  private final Counter largeTraces;
  private final Counter malformedMessages;
  private final Timer commits;
  private final Timer lag;
  private final Map<SpanRefusal, Counter> refused = new EnumMap<>(SpanRefusal.class);

  IngestMetrics(MeterRegistry registry) {
    spans = counter(registry, "deepflow.server.spans", "Spans that were stored");
    blocks = counter(registry, "deepflow.server.blocks", "Blocks that were stored");
    blockBytes = counter(registry, "deepflow.server.block.bytes", "Bytes of blocks, uncompressed");
    retries = counter(registry, "deepflow.server.block.retries", "Attempts to store a block again");
    merged =
        counter(registry, "deepflow.server.spans.merged", "Spans that were there already, as sent");
    secondsOverflow = overflow(registry, "1s");
    minutesOverflow = overflow(registry, "1m");
    largeTraces =
        counter(
            registry,
            "deepflow.server.metrics.large.traces",
            "Late traces that are not searched for calls and copies, since they have too many spans");
    malformedMessages =
        counter(
            registry,
            "deepflow.server.messages.malformed",
            "Requests inside batches that could not be read");
    commits = timer(registry, "deepflow.server.block.commit", "Time to store a block");
    lag =
        timer(registry, "deepflow.server.lag", "From the agent's taking a request to its storing");
    for (SpanRefusal reason : SpanRefusal.values()) {
      refused.put(reason, refused(registry, reason.label()));
    }
  }

  private static Counter refused(MeterRegistry registry, String reason) {
    return Counter.builder("deepflow.server.spans.refused")
        .description("Spans that could not be stored")
        .tag("reason", reason)
        .register(registry);
  }

  private static Counter overflow(MeterRegistry registry, String interval) {
    return Counter.builder("deepflow.server.metrics.overflow")
        .description("Spans that metrics count as (other), since there are too many sets of tags")
        .tag("interval", interval)
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private static Timer timer(MeterRegistry registry, String name, String description) {
    return Timer.builder(name).description(description).register(registry);
  }

  void retry() {
    retries.increment();
  }

  /// Spans that were there before.
  void merged(long count) {
    merged.increment((double) count);
  }

  void rolledUp(Rollup.Found found) {
    merged(found.merged());
    minutesOverflow.increment((double) found.overflow());
    largeTraces.increment((double) found.large());
  }

  void committed(Sealed sealed, Instant begun, Instant now) {
    StoredBlock block = sealed.block();
    blocks.increment();
    secondsOverflow.increment((double) block.red().overflow());
    blockBytes.increment((double) block.bytes());
    block.commits().forEach(commit -> spans.increment((double) commit.spans()));
    sealed
        .refused()
        .forEach((reason, count) -> refused.getOrDefault(reason, spans).increment(count));
    merged(sealed.merged());
    malformedMessages.increment(sealed.unreadable());
    commits.record(Duration.between(begun, now));
    if (sealed.receivedNanos() != Long.MAX_VALUE) {
      lag(Duration.between(Instant.ofEpochSecond(0, sealed.receivedNanos()), now));
    }
  }

  private void lag(Duration sinceReceived) {
    // The agent's clock may be ahead of ours, or anywhere.
    if (sinceReceived.isNegative()) {
      lag.record(Duration.ZERO);
    } else {
      lag.record(sinceReceived.compareTo(LAG_MAX) < 0 ? sinceReceived : LAG_MAX);
    }
  }
}
