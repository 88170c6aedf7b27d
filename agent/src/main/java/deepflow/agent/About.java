package deepflow.agent;

import deepflow.wire.control.AgentDescription;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
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

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  private static String version() {
    String version = About.class.getPackage().getImplementationVersion();
    return Objects.requireNonNullElse(version, "development");
  }
}
