package deepflow.agent.forward;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The forwarder's figures, `deepflow_agent_forward_…`.
final class ForwardMetrics {
  private final MeterRegistry registry;
  private final AtomicInteger connected = new AtomicInteger();
  final Counter batches;
  final Counter spans;
  final Counter bytes;
  final Counter resentBatches;
  final Counter acknowledgedBatches;
  final Counter acknowledgedSpans;
  final Counter unacknowledgedBatches;
  final Counter unacknowledgedSpans;
  final Counter tooLargeSpans;
  final Counter unreadableSpans;
  final Counter connections;
  final Counter failures;

  /// @param tls null for none
  ForwardMetrics(MeterRegistry registry, @Nullable LinkTls tls) {
    this.registry = registry;
    batches = counter("batches", "Batches sent, each time counted");
    spans = counter("spans", "Spans in them");
    bytes = counter("bytes", "Bytes of their frames");
    resentBatches = counter("resent.batches", "Batches sent that this process had sent before");
    acknowledgedBatches = counter("acknowledged.batches", "Batches that the server has committed");
    acknowledgedSpans = counter("acknowledged.spans", "Spans in them");
    unacknowledgedBatches =
        counter("unacknowledged.batches", "Batches written to a DeepFlow server, unacknowledged");
    unacknowledgedSpans = counter("unacknowledged.spans", "Spans in them");
    tooLargeSpans = refused("too_large");
    unreadableSpans = refused("unreadable");
    connections = counter("connections", "Connections on which a server takes batches");
    failures = counter("failures", "Connections that could not be made, were refused or broke");
    Gauge.builder("deepflow.agent.forward.connected", connected, AtomicInteger::get)
        .description("1 while a server takes batches")
        .register(registry);
    if (tls != null && tls.remaining() != null) {
      Gauge.builder(
              "deepflow.agent.forward.certificate.remaining.seconds", tls, ForwardMetrics::seconds)
          .description("Until the certificate that this agent shows expires; negative afterwards")
          .register(registry);
    }
  }

  private static double seconds(LinkTls tls) {
    Duration remaining = tls.remaining();
    return remaining == null ? Double.NaN : remaining.toSeconds();
  }

  void connected(boolean now) {
    connected.set(now ? 1 : 0);
  }

  private Counter refused(String reason) {
    return Counter.builder("deepflow.agent.forward.refused.spans")
        .description("Spans that can't be sent, and were given up")
        .tag("reason", reason)
        .register(registry);
  }

  private Counter counter(String name, String description) {
    return Counter.builder("deepflow.agent.forward." + name)
        .description(description)
        .register(registry);
  }
}
