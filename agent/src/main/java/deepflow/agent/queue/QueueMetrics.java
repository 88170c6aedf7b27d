package deepflow.agent.queue;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.function.ToDoubleFunction;

/// The queue's figures, `deepflow_agent_queue_…`.
final class QueueMetrics {
  private final MeterRegistry registry;
  final Timer fsync;
  final Counter repeated;
  final Counter busy;
  final Counter durableSpans;
  final Counter durableBatches;
  final Counter writeErrors;
  final Counter cutTails;
  final Counter forgotten;
  private final Counter damagedBatches;
  private final Counter damagedSpans;

  QueueMetrics(MeterRegistry registry) {
    this.registry = registry;
    fsync =
        Timer.builder("deepflow.agent.queue.fsync")
            .description("Time of making one group of requests durable")
            .serviceLevelObjectives(
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                Duration.ofMillis(5),
                Duration.ofMillis(10),
                Duration.ofMillis(50),
                Duration.ofMillis(200),
                Duration.ofSeconds(1))
            .register(registry);
    repeated =
        counter("repeated.requests", "Requests that were already durable: a sender's resend");
    busy =
        counter("busy.requests", "Requests that were not taken; the sender was told to come back");
    durableSpans = counter("durable.spans", "Spans made durable");
    durableBatches = counter("durable.batches", "Batches made durable");
    writeErrors = counter("write.errors", "Failed writes and syncs, each of which refused a batch");
    cutTails =
        counter(
            "cut.tails",
            "Records cut off at a start: unfinished ones that were never acknowledged, or all that an earlier process wrote, with damaged headers");
    forgotten = counter("forgotten.hashes", "Times that some resends became unrecognisable");
    damagedBatches = counter("damaged.batches", "Batches that the disk damaged; lost");
    damagedSpans = counter("damaged.spans", "Spans in them, as far as known; lost");
  }

  <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder("deepflow.agent.queue." + name, source, value)
        .description(description)
        .register(registry);
  }

  void damaged(long batches, long spans) {
    damagedBatches.increment((double) batches);
    damagedSpans.increment((double) spans);
  }

  private Counter counter(String name, String description) {
    return Counter.builder("deepflow.agent.queue." + name)
        .description(description)
        .register(registry);
  }
}
