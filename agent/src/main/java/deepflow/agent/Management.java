package deepflow.agent;

import deepflow.agent.forward.Forwarder;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.QueueState;
import deepflow.agent.receive.IntakeRules;
import deepflow.agent.receive.Receiver;
import deepflow.agent.register.Managed;
import deepflow.wire.control.ComponentHealth;
import deepflow.wire.control.GroupConfig;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Has the parts of an agent work by its group's configuration, and says how they are.
record Management(Receiver receiver, DurableQueue queue, Forwarder forwarder, Instant started)
    implements Managed {
  /// What the receiver takes under a configuration.
  static IntakeRules rules(GroupConfig config) {
    return new IntakeRules(
        config.intake(), config.spansPerSecond(), config.requestBytesMax(), config.rules());
  }

  @Override
  public void obey(GroupConfig config) {
    receiver.obey(rules(config));
    forwarder.limit(config.linkBytesPerSecond());
  }

  @Override
  public ComponentHealth health() {
    @Nullable String refusal = queue.notReady();
    QueueState state = queue.state();
    String figures =
        "bytes=%s capacity_bytes=%s spans=%s oldest_age_seconds=%s"
            .formatted(
                state.bytes(), state.capacityBytes(), state.spans(), state.oldestAgeSeconds());
    boolean connected = forwarder.isConnected();
    return new ComponentHealth(
        refusal == null,
        started.getEpochSecond() * 1_000_000_000L + started.getNano(),
        Objects.requireNonNullElse(refusal, ""),
        "",
        Map.of(
            "queue",
            ComponentHealth.of(refusal == null, Objects.requireNonNullElse(refusal, ""), figures),
            "link",
            ComponentHealth.of(connected, connected ? "" : "no server takes spans now", "")));
  }
}
