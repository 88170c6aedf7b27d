package deepflow.server.ingester;

import java.util.List;
import java.util.Optional;

/// How the intake is, for those who show it.
public interface IngestStatus {
  /// Agents that the store or this process knows.
  List<AgentStatus> agents();

  /// Why no batch can be stored any more; empty when all is well. It never gets well by itself.
  Optional<String> failure();
}
