package deepflow.server.controller;

import deepflow.wire.control.ConfigStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An agent as it is now.
///
/// @param report null when it has not reported since the server's start
/// @param group that it is in
/// @param wanted revision of the configuration that it shall have; empty for none
/// @param exceptions what is wrong with it, for people
record AgentView(
    RegisteredAgent agent,
    @Nullable AgentReport report,
    AgentState state,
    AgentGroup group,
    String wanted,
    List<String> exceptions) {
  AgentView {
    exceptions = List.copyOf(exceptions);
  }

  /// Whether it works by the configuration that it shall have.
  boolean upToDate() {
    return wanted.equals(status().revision()) && status().state() != ConfigStatus.State.FAILED;
  }

  ConfigStatus status() {
    return report == null ? ConfigStatus.NONE : report.configStatus();
  }

  String attribute(String name) {
    return report == null ? "" : report.description().attribute(name);
  }

  /// A figure of its queue; -1 when it didn't say.
  long queue(String figure) {
    if (report == null) {
      return -1;
    }
    var queue = report.health().components().get("queue");
    return queue == null ? -1 : queue.number(figure);
  }
}
