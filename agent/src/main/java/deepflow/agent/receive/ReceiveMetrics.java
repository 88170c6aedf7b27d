package deepflow.agent.receive;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What came in and what became of it.
///
/// | name | tags | counts |
/// |---|---|---|
/// | `deepflow_agent_requests_total` | `dialect`, `outcome`: `accepted`, `repeated`, `empty`, `busy`, `gone`, `failed`, `refused` | requests |
/// | `deepflow_agent_refused_total` | `reason` | refused requests |
/// | `deepflow_agent_spans_total` | `outcome`: `accepted`, `repeated`, `rejected`, `busy` | spans of requests that could be read |
/// | `deepflow_agent_attributes_total` | `action`: `dropped`, `masked` | attributes that the group's rules changed |
/// | `deepflow_agent_received_bytes_total` | | bytes of requests, after decompression |
/// | `deepflow_agent_in_flight_bytes`, `deepflow_agent_in_flight_requests` | | what is under way |
/// | `deepflow_agent_waiting_requests` | | requests that wait for room with their bodies unread |
/// | `deepflow_agent_request_seconds` | `dialect` | from headers to answer |
/// | `deepflow_agent_connections` | | open connections |
/// | `deepflow_agent_connections_closed_total` | `reason`: `slow`, `pipelining`, `unread` | connections that [SenderGuard] closed |
/// | `deepflow_agent_tls_failures_total` | `kind`: those of [HandshakeFailure] | connections that ended in TLS's handshake, see [HandshakeFailures] |
/// | `deepflow_agent_tls_certificate_remaining_seconds` | | until the certificate for senders expires, see [ReceiverTls] |
final class ReceiveMetrics {
  /// What became of a request.
  enum Outcome {
    /// Its spans are durable.
    ACCEPTED,
    /// Its spans were durable already.
    REPEATED,
    /// It had no span that could be kept.
    EMPTY,
    /// There was no room.
    BUSY,
    /// Its sender went away before its end.
    GONE,
    /// Something is broken here.
    FAILED,
    /// It can never be taken.
    REFUSED;

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<Dialect, Map<Outcome, Counter>> requests = new EnumMap<>(Dialect.class);
  private final Map<Dialect, Timer> latency = new EnumMap<>(Dialect.class);
  private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);
  private final Map<Outcome, Counter> spans = new EnumMap<>(Outcome.class);
  private final Map<SenderGuard.Reason, Counter> closed = new EnumMap<>(SenderGuard.Reason.class);
  private final Counter rejectedSpans;
  private final Counter droppedAttributes;
  private final Counter maskedAttributes;
  private final Counter receivedBytes;
  private final MeterRegistry registry;

  ReceiveMetrics(MeterRegistry registry, InFlight inFlight) {
    this.registry = registry;
    for (Dialect dialect : Dialect.values()) {
      requests.put(dialect, outcomes(registry, dialect));
      latency.put(
          dialect,
          Timer.builder("deepflow_agent_request")
              .description("From a request's headers to its answer")
              .tag("dialect", dialect.label())
              .publishPercentileHistogram()
              .register(registry));
    }
    for (Refusal reason : Refusal.values()) {
      refused.put(
          reason,
          Counter.builder("deepflow_agent_refused")
              .description("Requests that can never be taken")
              .tag("reason", reason.label())
              .register(registry));
    }
    for (SenderGuard.Reason reason : SenderGuard.Reason.values()) {
      closed.put(
          reason,
          Counter.builder("deepflow_agent_connections_closed")
              .description("Connections that were closed because of how their senders held them")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    droppedAttributes = attributes(registry, "dropped");
    maskedAttributes = attributes(registry, "masked");
    for (Outcome outcome : new Outcome[] {Outcome.ACCEPTED, Outcome.REPEATED, Outcome.BUSY}) {
      spans.put(outcome, spans(registry, outcome.label()));
    }
    rejectedSpans = spans(registry, "rejected");
    receivedBytes =
        Counter.builder("deepflow_agent_received_bytes")
            .description("Bytes of requests, after decompression")
            .register(registry);
    Gauge.builder("deepflow_agent_in_flight_bytes", inFlight::bytes)
        .description("Bytes of requests between their first byte and their answer")
        .register(registry);
    Gauge.builder("deepflow_agent_in_flight_requests", inFlight::requests)
        .description("Requests between their headers and their answer")
        .register(registry);
    Gauge.builder("deepflow_agent_waiting_requests", inFlight::waiting)
        .description("Requests that wait for room, their bodies unread")
        .register(registry);
  }

  private static Counter spans(MeterRegistry registry, String outcome) {
    return Counter.builder("deepflow_agent_spans")
        .description("Spans of requests that could be read, by what became of them")
        .tag("outcome", outcome)
        .register(registry);
  }

  private static Map<Outcome, Counter> outcomes(MeterRegistry registry, Dialect dialect) {
    Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      counters.put(
          outcome,
          Counter.builder("deepflow_agent_requests")
              .description("Requests by how they came and what became of them")
              .tag("dialect", dialect.label())
              .tag("outcome", outcome.label())
              .register(registry));
    }
    return counters;
  }

  /// Shows how many connections a server has open.
  <T> void connections(T server, ToDoubleFunction<T> open) {
    Gauge.builder("deepflow_agent_connections", server, open)
        .description("Open connections")
        .register(registry);
  }

  void received(int bytes) {
    receivedBytes.increment(bytes);
  }

  void spans(Outcome outcome, int count) {
    Counter counter = spans.get(outcome);
    if (counter != null) {
      counter.increment(count);
    }
  }

  void rejectedSpans(int count) {
    if (count > 0) {
      rejectedSpans.increment(count);
    }
  }

  void attributes(int dropped, int masked) {
    droppedAttributes.increment(dropped);
    maskedAttributes.increment(masked);
  }

  private static Counter attributes(MeterRegistry registry, String action) {
    return Counter.builder("deepflow_agent_attributes")
        .description("Attributes that the rules of the agent's group changed")
        .tag("action", action)
        .register(registry);
  }

  void request(Dialect dialect, Outcome outcome) {
    count(requests.get(dialect), outcome);
  }

  void refused(Dialect dialect, Refusal reason) {
    request(dialect, Outcome.REFUSED);
    count(refused, reason);
  }

  void closed(SenderGuard.Reason reason) {
    count(closed, reason);
  }

  void answered(Dialect dialect, long nanos) {
    Timer timer = latency.get(dialect);
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  private static <K> void count(@Nullable Map<K, Counter> counters, K key) {
    Counter counter = counters == null ? null : counters.get(key);
    if (counter != null) {
      counter.increment();
    }
  }
}
