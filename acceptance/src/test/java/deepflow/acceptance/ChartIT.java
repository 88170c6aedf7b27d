package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the chart makes of its values, without a cluster.
class ChartIT {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String AGENTS =
      """
      {"podSelector":{"matchLabels":{"app.kubernetes.io/name":"deepflow-agent"}}}\
      """;

  @TempDir private Path folder = Path.of("");

  private String rendered(String... arguments) throws Exception {
    return Ran.of(folder, Shipped.helm("template", arguments), "").quiet();
  }

  /// They register there, on the port on which people ask.
  @ParameterizedTest
  @ValueSource(strings = {"networkPolicy.queriesFrom={}", "networkPolicy.queriesFrom={monitoring}"})
  void agentsReachTheirControllerWhoeverElseMayAsk(String values) throws Exception {
    JsonNode policy = policy("deepflow-server", rendered("--set", values));

    assertThat(admitted(policy, "http")).contains(AGENTS);
    assertThat(admitted(policy, "ingest")).containsExactly(AGENTS);
  }

  private static JsonNode policy(String name, String manifest) {
    Iterable<Object> objects = new Load(LoadSettings.builder().build()).loadAllFromString(manifest);
    return StreamSupport.stream(objects.spliterator(), false)
        .<JsonNode>map(JSON::valueToTree)
        .filter(object -> object.path("kind").asString("").equals("NetworkPolicy"))
        .filter(object -> object.at("/metadata/name").asString("").equals(name))
        .findAny()
        .orElseThrow();
  }

  /// Who may connect to a port.
  private static Stream<String> admitted(JsonNode policy, String port) {
    return policy.at("/spec/ingress").values().stream()
        .filter(rule -> rule.at("/ports/0/port").asString("").equals(port))
        .flatMap(rule -> rule.path("from").values().stream())
        .map(JsonNode::toString);
  }

  /// The API server takes no number where it wants a text.
  @Test
  void aTextThatLooksLikeANumberStaysAText() throws Exception {
    assertThat(
            rendered(
                "--namespace",
                "12",
                "--set-string",
                "networkPolicy.queriesFrom={1234},image.pullSecrets={1},server.priorityClassName=2"
                    + ",agent.priorityClassName=3,server.storage.storageClassName=4"))
        .contains(
            "kubernetes.io/metadata.name: \"1234\"",
            "- name: \"1\"",
            "priorityClassName: \"2\"",
            "priorityClassName: \"3\"",
            "storageClassName: \"4\"")
        .contains("namespace: \"12\"")
        .doesNotContain("name: 1\n", "namespace: 12\n");
  }
}
