package deepflow.agent;

import deepflow.wire.control.AgentDescription;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What an agent tells a server about itself, for people to read: host, version, and where senders
/// reach it.
final class About {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  private About() {}

  /// A JSON object with the keys `host`, `version` and `otlp`.
  static String json(List<String> endpoints) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeStringProperty("host", host());
      json.writeStringProperty("version", version());
      json.writeArrayPropertyStart("otlp");
      endpoints.forEach(json::writeString);
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.toString();
  }

  /// The same for a controller.
  ///
  /// @param uid names the agent for ever
  /// @param group that the agent asks to be in; empty for the default one
  static AgentDescription description(String uid, List<String> endpoints, String group) {
    Map<String, String> other = new LinkedHashMap<>();
    other.put("host.name", host());
    other.put("host.arch", System.getProperty("os.arch", ""));
    other.put("os.type", System.getProperty("os.name", "").toLowerCase(Locale.ROOT));
    other.put("deepflow.otlp", String.join(",", endpoints));
    if (!group.isEmpty()) {
      other.put(AgentDescription.GROUP, group);
    }
    return new AgentDescription(
        Map.of(
            "service.name",
            "deepflow-agent",
            "service.version",
            version(),
            "service.instance.id",
            uid),
        other);
  }

  /// The kernel's word: to ask the resolver may take seconds, and fails where the name leads to no
  /// address.
  private static String host() {
    try {
      return Files.readString(HOST_NAME).strip();
    } catch (IOException _) {
      return "unknown";
    }
  }

  private static String version() {
    String version = About.class.getPackage().getImplementationVersion();
    return Objects.requireNonNullElse(version, "development");
  }
}
