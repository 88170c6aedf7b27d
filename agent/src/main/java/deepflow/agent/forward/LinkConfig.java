package deepflow.agent.forward;

import deepflow.wire.tls.TlsFiles;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// How the agent speaks to its servers, as an operator sets it.
///
/// @param protocol what is spoken
/// @param deepFlowAgentId the agent's number in DeepFlow's frames, 0 when it has none; only for
///   [LinkProtocol#DEEPFLOW]
/// @param bytesPerSecond the most that is written to the link, resends included; 0 is no limit
/// @param tls who must have signed the servers' certificates, which turns TLS on, and what this
///   agent shows them
/// @param serverName what the servers' certificates are for; empty for the host that is connected
///   to
public record LinkConfig(
    LinkProtocol protocol,
    int deepFlowAgentId,
    long bytesPerSecond,
    TlsFiles tls,
    String serverName) {
  /// The largest number that DeepFlow's controller gives an agent.
  public static final int DEEPFLOW_AGENT_ID_MAX = 64_000;

  /// What holds when nobody sets anything.
  public static final LinkConfig DEFAULT =
      new LinkConfig(
          LinkProtocol.ACKNOWLEDGED, 0, Bandwidth.UNLIMITED, TlsFiles.NONE, /* serverName= */ "");

  /// Reads the files that [#tls] names; null when there are none. Without them no class of TLS is
  /// loaded.
  ///
  /// @throws IOException with a sentence, when they can't be used
  public @Nullable LinkTls openTls() throws IOException {
    return tls.isEmpty() && serverName.isEmpty() ? null : LinkTls.open(this);
  }
}
