package deepflow.server.ingester.receive;

import deepflow.wire.tls.TlsContext;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;

/// Counts what comes from agents.
public final class LinkMetrics {
  private final MeterRegistry registry;
  private final Counter frames;
  private final Counter bytes;
  private final Counter newBatches;
  private final Counter repeatedBatches;
  private final Counter unacknowledgedBatches;
  private final Counter malformedFrames;
  private final Counter otherFrames;
  private final Counter refusedConnections;
  private final Counter refusedTls;
  private final Counter overdue;
  private final Counter noMemory;

  public LinkMetrics(MeterRegistry registry) {
    this.registry = registry;
    frames = counter("deepflow.server.frames", "Frames from agents", "kind", "all");
    bytes = counter("deepflow.server.frame.bytes", "Bytes of frames from agents", "kind", "all");
    newBatches = batches("new");
    repeatedBatches = batches("repeated");
    unacknowledgedBatches = batches("unacknowledged");
    malformedFrames = refused("malformed");
    otherFrames = refused("other_type");
    refusedConnections = sentAway("hello");
    refusedTls = sentAway("tls");
    overdue = sentAway("overdue");
    noMemory = sentAway("memory");
  }

  /// Shows how long the certificate lasts that agents are shown.
  void certificate(TlsContext tls) {
    Gauge.builder("deepflow.server.link.certificate.remaining.seconds", tls, LinkMetrics::seconds)
        .description("Until the certificate that agents are shown expires; negative afterwards")
        .register(registry);
  }

  private static double seconds(TlsContext tls) {
    Duration remaining = tls.remaining();
    return remaining == null ? Double.NaN : remaining.toSeconds();
  }

  private Counter sentAway(String kind) {
    return counter("deepflow.server.connections.refused", "Agents sent away", "kind", kind);
  }

  private Counter batches(String kind) {
    return counter("deepflow.server.batches", "Batches from agents", "kind", kind);
  }

  private Counter refused(String reason) {
    return counter(
        "deepflow.server.frames.refused", "Frames that were not taken", "reason", reason);
  }

  private Counter counter(String name, String description, String tag, String value) {
    return Counter.builder(name).description(description).tag(tag, value).register(registry);
  }

  void frame(int payloadBytes) {
    frames.increment();
    bytes.increment(payloadBytes);
  }

  void newBatch() {
    newBatches.increment();
  }

  void repeatedBatch() {
    repeatedBatches.increment();
  }

  void unacknowledgedBatch() {
    unacknowledgedBatches.increment();
  }

  void malformedFrame() {
    malformedFrames.increment();
  }

  void otherFrame() {
    otherFrames.increment();
  }

  void refusedConnection() {
    refusedConnections.increment();
  }

  /// TLS was wanted, and the two ends did not come to terms.
  void refusedTls() {
    refusedTls.increment();
  }

  /// A connection said nothing that ends, for so long that its place is for others.
  void overdue() {
    overdue.increment();
  }

  /// There was no memory for the rest of a frame.
  void noMemory() {
    noMemory.increment();
  }
}
