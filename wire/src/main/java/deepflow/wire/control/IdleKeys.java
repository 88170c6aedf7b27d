package deepflow.wire.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Keys of DeepFlow's configuration that mean nothing to an agent that takes traces only. They are
/// kept, and whoever writes them is told.
final class IdleKeys {
  private static final String OTHER_INPUT =
      "is for packets, eBPF and other signals, and this agent takes traces only";

  private record Idle(String beginning, String why) {}

  private static final List<Idle> IDLE =
      List.of(
          new Idle(
              "inputs.integration.listen_port",
              "belongs to each node: set it there with --agent-port"),
          new Idle(
              "external_agent_http_proxy_port",
              "belongs to each node: set it there with --agent-port"),
          new Idle(
              "inputs.integration.compression.", "is not needed: the link is always compressed"),
          new Idle("inputs.integration.prometheus_extra_labels.", OTHER_INPUT),
          new Idle("inputs.integration.feature_control.profile_", OTHER_INPUT),
          new Idle("inputs.integration.feature_control.metric_", OTHER_INPUT),
          new Idle("inputs.integration.feature_control.log_", OTHER_INPUT),
          new Idle(
              "global.communication.max_escape_duration",
              "is not needed: an agent keeps its last configuration for as long as it takes"),
          new Idle(
              "global.communication.ingester_traffic_overflow_action",
              "is not needed: an agent always waits and drops nothing"),
          new Idle(
              "global.communication.",
              "belongs to each node: set it there with --server and --controller"),
          new Idle(
              "global.limits.",
              "is not applied while an agent runs: limit its memory and CPU where it is started"),
          new Idle("global.", OTHER_INPUT),
          new Idle("inputs.cbpf.", OTHER_INPUT),
          new Idle("inputs.ebpf.", OTHER_INPUT),
          new Idle("inputs.proc.", OTHER_INPUT),
          new Idle("inputs.resources.", OTHER_INPUT),
          new Idle("inputs.vector.", OTHER_INPUT),
          new Idle("processors.", OTHER_INPUT),
          new Idle("outputs.", OTHER_INPUT),
          new Idle("plugins.", OTHER_INPUT),
          new Idle("dev.", OTHER_INPUT),
          new Idle("static_config.", OTHER_INPUT),
          new Idle("vtap_group_id", "is not needed: the command names the group"),
          new Idle("agent_group_id", "is not needed: the command names the group"),
          new Idle("max_millicpus", OTHER_INPUT),
          new Idle("max_cpus", OTHER_INPUT),
          new Idle("max_memory", OTHER_INPUT),
          new Idle("max_escape_seconds", OTHER_INPUT),
          new Idle("proxy_controller_", OTHER_INPUT),
          new Idle("analyzer_", OTHER_INPUT),
          new Idle("collector_", OTHER_INPUT),
          new Idle("l4_log_", OTHER_INPUT),
          new Idle("l7_", OTHER_INPUT),
          new Idle("http_log_", OTHER_INPUT),
          new Idle("vtap_flow_", OTHER_INPUT),
          new Idle("ntp_enabled", OTHER_INPUT),
          new Idle("platform_enabled", OTHER_INPUT),
          new Idle("kubernetes-api-enabled", OTHER_INPUT));

  private IdleKeys() {}

  /// Why a key has no effect; null for a key that DeepFlow doesn't have.
  static @Nullable String why(String path) {
    for (Idle idle : IDLE) {
      if (path.startsWith(idle.beginning())) {
        return idle.why();
      }
    }
    return null;
  }
}
