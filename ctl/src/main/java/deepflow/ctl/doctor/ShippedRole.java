package deepflow.ctl.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A ClusterRole as the manifests of deploy/kubernetes have it: they are the only place that says
/// which rights a program needs, and the build puts them beside this class.
enum ShippedRole {
  OF_SERVER("deepflow.yaml", "deepflow-server"),
  OF_COLLECTOR("open-telemetry.yaml", "otel-collector-role");

  private static final JsonMapper JSON = new JsonMapper();

  private final String manifest;
  private final String role;

  ShippedRole(String manifest, String role) {
    this.manifest = manifest;
    this.role = role;
  }

  /// One thing that a role lets do.
  ///
  /// @param group of the API; empty: the core
  /// @param name of the only object; empty: all
  record Right(String verb, String group, String resource, String name) {}

  /// The file in deploy/kubernetes.
  String manifest() {
    return manifest;
  }

  /// All that it lets do, one by one.
  List<Right> rights() {
    return rules().values().stream().flatMap(ShippedRole::each).toList();
  }

  private static Stream<Right> each(JsonNode rule) {
    return texts(rule, "apiGroups")
        .flatMap(group ->
            texts(rule, "resources")
                .flatMap(resource ->
                    names(rule)
                        .flatMap(name ->
                            texts(rule, "verbs")
                                .map(verb -> new Right(verb, group, resource, name)))));
  }

  private static Stream<String> names(JsonNode rule) {
    return rule.has("resourceNames") ? texts(rule, "resourceNames") : Stream.of("");
  }

  private static Stream<String> texts(JsonNode rule, String list) {
    return rule.path(list).values().stream().map(text -> text.asString(""));
  }

  private JsonNode rules() {
    try (InputStream text =
        Objects.requireNonNull(ShippedRole.class.getResourceAsStream(manifest), manifest)) {
      for (Object document :
          new Load(LoadSettings.builder().build()).loadAllFromInputStream(text)) {
        JsonNode object = JSON.valueToTree(document);
        if (object.path("kind").asString("").equals("ClusterRole")
            && object.path("metadata").path("name").asString("").equals(role)) {
          return object.path("rules");
        }
      }
      throw new IllegalStateException(manifest + " has no ClusterRole " + role);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
