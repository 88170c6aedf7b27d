package deepflow.agent.receive;

import java.util.Optional;

/// What `/ready` and `/live` say.
public interface Health {
  /// Why a span can't be accepted durably now; empty when it can, whether or not the server is
  /// reachable.
  Optional<String> notReady();

  /// Why the process is stuck; empty when it isn't.
  Optional<String> stuck();
}
