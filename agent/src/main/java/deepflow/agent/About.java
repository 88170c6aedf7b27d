package deepflow.agent;

import java.io.StringWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
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
