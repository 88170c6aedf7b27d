package deepflow.server.controller;

import deepflow.wire.control.AgentDescription;
import deepflow.wire.control.AgentToServer;
import deepflow.wire.control.ComponentHealth;
import deepflow.wire.control.ConfigStatus;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/// What an agent has said since the server's start, all its messages taken together.
///
/// @param sequence of its last message
/// @param effectiveConfig YAML, cut to [#CONFIG_MAX]
/// @param address that it sends from
/// @param connected false after it said that it stops
record AgentReport(
    long sequence,
    long capabilities,
    AgentDescription description,
    ComponentHealth health,
    String effectiveConfig,
    ConfigStatus configStatus,
    String address,
    boolean connected,
    Instant lastSeen) {
  private static final int CONFIG_MAX = 16 << 10;
  private static final int ERROR_MAX = 2000;

  private static final AgentReport NOTHING =
      new AgentReport(
          -1,
          0,
          new AgentDescription(Map.of(), Map.of()),
          ComponentHealth.of(true, "", ""),
          "",
          ConfigStatus.NONE,
          "",
          true,
          Instant.EPOCH);

  static AgentReport first(AgentToServer message, String address, Instant now) {
    return NOTHING.next(message, address, now);
  }

  AgentReport next(AgentToServer message, String newAddress, Instant now) {
    ConfigStatus status = Objects.requireNonNullElse(message.configStatus(), configStatus);
    return new AgentReport(
        message.sequence(),
        message.capabilities(),
        Objects.requireNonNullElse(message.description(), description),
        Objects.requireNonNullElse(message.health(), health),
        shortened(
            Objects.requireNonNullElse(message.effectiveConfig(), effectiveConfig), CONFIG_MAX),
        new ConfigStatus(
            shortened(status.revision(), 100),
            status.state(),
            shortened(status.error(), ERROR_MAX)),
        newAddress,
        !message.disconnect(),
        now);
  }

  /// The same agent, whose connection ended.
  AgentReport gone() {
    return new AgentReport(
        sequence,
        capabilities,
        description,
        health,
        effectiveConfig,
        configStatus,
        address,
        false,
        lastSeen);
  }

  private static String shortened(String text, int max) {
    return text.length() > max ? text.substring(0, max) : text;
  }
}
