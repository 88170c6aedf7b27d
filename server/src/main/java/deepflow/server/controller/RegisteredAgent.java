package deepflow.server.controller;

import java.time.Instant;

/// What outlives the process of an agent.
///
/// @param uid names it for ever, 32 hexadecimal digits
/// @param number for people, unique
/// @param name unique; its host's, at first
/// @param group id of the group that an operator put it into; empty for the one that it asks for
/// @param enabled whether its operator lets it take traces
/// @param registered when it came first, in whole seconds
record RegisteredAgent(
    String uid, int number, String name, String group, boolean enabled, Instant registered) {
  RegisteredAgent withName(String newName) {
    return new RegisteredAgent(uid, number, newName, group, enabled, registered);
  }

  RegisteredAgent withGroup(String newGroup) {
    return new RegisteredAgent(uid, number, name, newGroup, enabled, registered);
  }

  RegisteredAgent withEnabled(boolean now) {
    return new RegisteredAgent(uid, number, name, group, now, registered);
  }
}
