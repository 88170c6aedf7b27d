package deepflow.server.controller;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.wire.control.ConfigProblemsException;
import deepflow.wire.control.GroupConfigFile;
import deepflow.wire.control.ServerToAgent.RemoteConfig;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What agents of a group shall work by: its configuration over that of the default group. The
/// revision is made of the text, so that equal texts have equal revisions.
///
/// @param agent for agents of ours
/// @param disabled the same, with the intake turned off
/// @param collector for OpenTelemetry collectors
/// @param askInterval between two questions of an agent of ours
record Configurations(
    RemoteConfig agent, RemoteConfig disabled, RemoteConfig collector, Duration askInterval) {
  private static final Logger LOG = LoggerFactory.getLogger(Configurations.class);
  private static final int REVISION_DIGITS = 12;
  private static final String DISABLED = "inputs: {integration: {enabled: false}}";

  static Configurations of(AgentGroup defaults, AgentGroup group) {
    GroupConfigFile below = file(defaults);
    GroupConfigFile all = group.isDefault() ? below : file(group).over(below);
    GroupConfigFile off = parse(DISABLED, "disabled").over(all);
    return new Configurations(
        named(all.agentYaml()),
        named(off.agentYaml()),
        named(all.collectorYaml()),
        all.config().askInterval());
  }

  private static GroupConfigFile file(AgentGroup group) {
    String yaml = group.configuration();
    return yaml == null ? GroupConfigFile.EMPTY : parse(yaml, group.name());
  }

  /// What was stored had been checked; a newer version may still see it otherwise.
  private static GroupConfigFile parse(String yaml, String group) {
    try {
      return GroupConfigFile.parse(yaml);
    } catch (ConfigProblemsException e) {
      LOG.error("the configuration of group {} can't be used any more: {}", group, e.getMessage());
      return GroupConfigFile.EMPTY;
    }
  }

  private static RemoteConfig named(String yaml) {
    return new RemoteConfig(yaml, yaml.isEmpty() ? "" : revision(yaml));
  }

  private static String revision(String yaml) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(yaml.getBytes(UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, REVISION_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
