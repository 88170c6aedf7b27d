package deepflow.agent.register;

import deepflow.wire.control.ComponentHealth;
import deepflow.wire.control.GroupConfig;

/// The agent, as far as a controller knows it.
public interface Managed {
  /// Works by that configuration from now on.
  void obey(GroupConfig config);

  /// How it is now.
  ComponentHealth health();
}
