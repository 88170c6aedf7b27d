package deepflow.ctl.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Finds collectors' configurations in YAML: a configuration itself, or Kubernetes objects that
/// hold some: ConfigMaps, lists of them as `kubectl get -o yaml` gives them,
/// OpenTelemetryCollectors.
final class CollectorFile {
  private static final JsonMapper JSON = new JsonMapper();

  private final Findings findings;
  private final List<CollectorConfig> configs = new ArrayList<>();

  private CollectorFile(Findings findings) {
    this.findings = findings;
  }

  /// The configurations in a text; what can't be read is a finding.
  ///
  /// @param where the text is from
  static List<CollectorConfig> read(String where, String text, Findings findings) {
    CollectorFile file = new CollectorFile(findings);
    file.readText(where, text);
    if (file.configs.isEmpty() && findings.found().isEmpty()) {
      findings.add(
          Problem.UNREADABLE,
          where,
          "there is no collector's configuration in it",
          "give the collector's YAML, or the ConfigMap that holds it:"
              + " kubectl get cm -n open-telemetry otel-agent-conf -o yaml");
    }
    return file.configs;
  }

  private void readText(String where, String text) {
    try {
      LoadSettings settings = LoadSettings.builder().setLabel(where).build();
      for (Object document : new Load(settings).loadAllFromString(text)) {
        if (document != null) {
          object(where, JSON.valueToTree(document));
        }
      }
    } catch (YamlEngineException e) {
      findings.add(
          Problem.UNREADABLE,
          where,
          "this is no YAML: " + Objects.toString(e.getMessage()).replaceAll("\\s+", " "),
          "mend the indentation or the quotes there");
    }
  }

  private void object(String where, JsonNode object) {
    String name = where + " " + object.path("metadata").path("name").asString("");
    switch (object.path("kind").asString("")) {
      case "ConfigMap" ->
          object
              .path("data")
              .properties()
              .forEach(entry -> {
                String text = entry.getValue().asString("");
                if (text.contains("pipelines:")) {
                  readText(name + " " + entry.getKey(), text);
                }
              });
      case "OpenTelemetryCollector" -> {
        JsonNode config = object.path("spec").path("config");
        if (config.isString()) {
          readText(name, config.asString());
        } else {
          config(name, config);
        }
      }
      case "List" -> object.path("items").forEach(item -> object(where, item));
      default -> config(where, object);
    }
  }

  private void config(String where, JsonNode root) {
    if (root.has("service") || root.has("exporters")) {
      configs.add(new CollectorConfig(where, root));
    }
  }
}
