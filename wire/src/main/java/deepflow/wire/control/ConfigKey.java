package deepflow.wire.control;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys of a group's configuration that have an effect here.
enum ConfigKey {
  ENABLED("inputs.integration.enabled", "external_agent_http_proxy_enabled", "true or false"),
  TRACE_DISABLED(
      "inputs.integration.feature_control.trace_integration_disabled",
      "static_config.external-trace-integration-disabled",
      "true or false"),
  SPANS_PER_SECOND(
      "inputs.integration.limits.max_spans_per_second",
      "",
      "a whole number of spans, such as 20000; 0 is no limit"),
  REQUEST_SIZE(
      "inputs.integration.limits.max_request_size", "", "a size from 64KiB, such as 16MiB"),
  DROP(
      "inputs.integration.attributes.drop",
      "",
      "a list of keys, such as [http.request.header.cookie, \"enduser.*\"]"),
  MASK(
      "inputs.integration.attributes.mask",
      "",
      "a list of {key: …, pattern: …, replacement: …}, of which only key is needed"),
  THROUGHPUT(
      "global.communication.max_throughput_to_ingester",
      "",
      "a whole number of Mbps; 0 is no limit"),
  ASK_INTERVAL(
      "global.communication.proactive_request_interval",
      "sync_interval",
      "a duration from 1s to 1h, such as 10s");

  private final String path;
  private final String oldPath;
  private final String accepts;

  ConfigKey(String path, String oldPath, String accepts) {
    this.path = path;
    this.oldPath = oldPath;
    this.accepts = accepts;
  }

  String path() {
    return path;
  }

  /// How DeepFlow called it before 6.6; empty when it didn't.
  String oldPath() {
    return oldPath;
  }

  /// What must stand there, for people.
  String accepts() {
    return accepts;
  }

  /// The value; null when it doesn't fit.
  @Nullable Object parse(Object yaml) {
    return switch (this) {
      case ENABLED, TRACE_DISABLED -> ConfigValues.bool(yaml);
      case SPANS_PER_SECOND -> ConfigValues.count(yaml);
      case REQUEST_SIZE -> ConfigValues.requestBytes(yaml);
      case DROP -> ConfigValues.keys(yaml);
      case MASK -> ConfigValues.masks(yaml);
      case THROUGHPUT -> ConfigValues.megabits(yaml);
      case ASK_INTERVAL -> ConfigValues.interval(yaml);
    };
  }

  static @Nullable ConfigKey of(String path) {
    return Arrays.stream(values()).filter(key -> key.path.equals(path)).findAny().orElse(null);
  }

  static @Nullable ConfigKey ofOld(String path) {
    return Arrays.stream(values()).filter(key -> key.oldPath.equals(path)).findAny().orElse(null);
  }

  static List<String> paths() {
    return Arrays.stream(values()).map(ConfigKey::path).toList();
  }
}
