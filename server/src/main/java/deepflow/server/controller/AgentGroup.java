package deepflow.server.controller;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Agents that share a configuration.
///
/// @param id `g-` and ten letters or digits
/// @param name for people, unique
/// @param configuration YAML as its operator wrote it; null when it has none
/// @param updated when it was changed last, in whole seconds
record AgentGroup(String id, String name, @Nullable String configuration, Instant updated) {
  /// The group of agents that are in no other. Its configuration is below that of every group.
  static final String DEFAULT_ID = "g-default000";

  static final String DEFAULT_NAME = "default";

  boolean isDefault() {
    return id.equals(DEFAULT_ID);
  }

  AgentGroup with(@Nullable String newConfiguration, Instant now) {
    return new AgentGroup(id, name, newConfiguration, now);
  }
}
