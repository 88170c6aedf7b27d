package deepflow.agent.forward;

/// How the agent speaks to its servers, as an operator sets it.
///
/// @param protocol what is spoken
/// @param deepFlowAgentId the agent's number in DeepFlow's frames, 0 when it has none; only for
///   [LinkProtocol#DEEPFLOW]
/// @param bytesPerSecond the most that is written to the link, resends included; 0 is no limit
public record LinkConfig(LinkProtocol protocol, int deepFlowAgentId, long bytesPerSecond) {
  /// The largest number that DeepFlow's controller gives an agent.
  public static final int DEEPFLOW_AGENT_ID_MAX = 64_000;

  /// What holds when nobody sets anything.
  public static final LinkConfig DEFAULT =
      new LinkConfig(LinkProtocol.ACKNOWLEDGED, 0, Bandwidth.UNLIMITED);
}
