package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Real agents and collectors register with a real server, and work by their group's configuration
/// without a restart.
class AgentManagementIT {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Duration APPLIED_MAX = Duration.ofSeconds(60);
  private static final String DEFAULT = "/v1/agent-group-configuration/default/yaml";
  private static final String TRACE = "5b8efff798038103d269b633813fc60c";
  private static final JsonMapper JSON = new JsonMapper();
  private static final String SOON = "global: {communication: {proactive_request_interval: 1s}}\n";
  private static final String OFF = SOON + "inputs: {integration: {enabled: false}}\n";

  @Test
  void appliesAGroupsConfigurationWhileItRunsAndKeepsItWhileTheControllerIsAway(
      @TempDir Path agentData, @TempDir Path serverData) throws Exception {
    try (DeepFlow server = DeepFlow.server(serverData).start();
        DeepFlow agent =
            DeepFlow.agent(agentData, server.address().ingest(), controlledBy(server))) {
      agent.start();
      Patience.await(
          APPLIED_MAX, () -> assertThat(only(server).path("STATE").asInt()).isEqualTo(1));
      assertThat(post(agent)).isEqualTo(200);

      ask("POST", server, DEFAULT, OFF, 200);
      Patience.await(
          APPLIED_MAX,
          () -> assertThat(only(server).path("CONFIG_STATE").asString()).isEqualTo("APPLIED"));
      assertThat(post(agent)).isEqualTo(403);
      assertThat(only(server).path("CONFIG_REVISION").asString())
          .isEqualTo(only(server).path("CONFIG_WANTED").asString());

      server.stop();
      agent.stop();
      agent.start();
      assertThat(post(agent)).isEqualTo(403);

      server.start();
      ask("PUT", server, DEFAULT, SOON, 200);
      Patience.await(APPLIED_MAX, () -> assertThat(post(agent)).isEqualTo(200));
    }
  }

  @Test
  void refusesAConfigurationWithWrongKeysAndSaysWhatToWrite(@TempDir Path serverData)
      throws Exception {
    try (DeepFlow server = DeepFlow.server(serverData).start()) {
      JsonNode answer =
          ask("POST", server, DEFAULT, "inputs: {integration: {enabeld: true}}\n", 400);

      assertThat(answer.path("DESCRIPTION").asString())
          .contains("inputs.integration.enabeld", "did you mean inputs.integration.enabled?");
      assertThat(ask("GET", server, "/v1/agent-group-configurations", "", 200).path("DATA"))
          .isEmpty();
    }
  }

  @Test
  void takesAnAttributeOutBeforeItIsKept(@TempDir Path agentData, @TempDir Path serverData)
      throws Exception {
    try (DeepFlow server = DeepFlow.server(serverData).start();
        DeepFlow agent =
            DeepFlow.agent(agentData, server.address().ingest(), controlledBy(server))) {
      ask(
          "POST",
          server,
          DEFAULT,
          "inputs: {integration: {attributes: {mask: [{key: url.full}], drop: [secret]}}}\n",
          200);
      agent.start();
      Patience.await(
          APPLIED_MAX,
          () -> assertThat(only(server).path("CONFIG_STATE").asString()).isEqualTo("APPLIED"));

      assertThat(post(agent)).isEqualTo(200);

      ServerClient client = new ServerClient(server.address());
      Patience.await(APPLIED_MAX, () -> assertThat(client.trace(TRACE)).isPresent());
      assertThat(client.trace(TRACE).orElseThrow().toString())
          .contains("url.full", "***")
          .doesNotContain("hunter2", "secret");
    }
  }

  @Test
  void listsAStockCollectorThatReportsByItsOpampExtension(@TempDir Path serverData)
      throws Exception {
    try (DeepFlow server = DeepFlow.server(serverData).start();
        Collector _ =
            Collector.start(
                "collector-opamp.yaml",
                Collector.Address.free(),
                server.address().agent(),
                Map.of(
                    "OPAMP_ENDPOINT",
                    "ws://127.0.0.1:%s/v1/opamp".formatted(server.address().server())))) {
      Patience.await(
          APPLIED_MAX,
          () -> {
            JsonNode collector = only(server);
            assertThat(collector.path("TYPE").asString()).isEqualTo("otelcol");
            assertThat(collector.path("STATE").asInt()).isEqualTo(1);
            assertThat(effectiveConfiguration(server)).contains("receivers");
          });
    }
  }

  @Test
  void configuresAStockCollectorThatOpampsSupervisorRuns(
      @TempDir Path serverData, @TempDir Path folder) throws Exception {
    int port = Ports.free();
    try (DeepFlow server = DeepFlow.server(serverData).start();
        RunningProcess supervisor = supervisor(folder, server.address().server())) {
      supervisor.awaitReady(
          APPLIED_MAX, () -> assertThat(only(server).path("STATE").asInt()).isEqualTo(1));

      ask("POST", server, DEFAULT, collectorOn(port), 200);

      Patience.await(
          APPLIED_MAX,
          () -> {
            JsonNode collector = only(server);
            assertThat(collector.path("CONFIG_STATE").asString()).isEqualTo("APPLIED");
            assertThat(effectiveConfiguration(server)).contains("127.0.0.1:" + port);
          });
      URI traces = URI.create("http://127.0.0.1:%s/v1/traces".formatted(Integer.toString(port)));
      byte[] nothing = "{}".getBytes(StandardCharsets.UTF_8);
      Patience.await(
          APPLIED_MAX,
          () ->
              assertThat(OtlpPost.from("127.0.0.1", traces, "application/json", nothing))
                  .isEqualTo(200));
    }
  }

  private static RunningProcess supervisor(Path folder, int serverPort) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("supervisor.yaml"),
            """
            server: {endpoint: "ws://127.0.0.1:%s/v1/opamp", tls: {insecure: true}}
            capabilities:
              accepts_remote_config: true
              reports_remote_config: true
              reports_effective_config: true
              reports_health: true
              reports_own_metrics: false
            agent: {executable: "%s", bootstrap_timeout: 30s}
            storage: {directory: "%s"}
            """
                .formatted(
                    Integer.toString(serverPort),
                    RealParts.collector(),
                    Files.createDirectory(folder.resolve("storage"))));
    return RunningProcess.start(
        "opampsupervisor",
        List.of(RealParts.supervisor().toString(), "--config", file.toString()),
        Map.of());
  }

  private static String[] controlledBy(DeepFlow server) {
    return new String[] {
      "--controller", "http://127.0.0.1:%s".formatted(Integer.toString(server.address().server()))
    };
  }

  /// The only agent that the server knows.
  private static JsonNode only(DeepFlow server) throws IOException, InterruptedException {
    JsonNode agents = ask("GET", server, "/v1/vtaps/", "", 200).path("DATA");
    assertThat(agents).hasSize(1);
    return agents.path(0);
  }

  /// What the only agent works by.
  private static String effectiveConfiguration(DeepFlow server)
      throws IOException, InterruptedException {
    String name = only(server).path("NAME").asString();
    return ask("GET", server, "/v1/vtaps/?name=" + name, "", 200)
        .path("DATA")
        .path(0)
        .path("EFFECTIVE_CONFIG")
        .asString();
  }

  private static JsonNode ask(String method, DeepFlow server, String path, String body, int status)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        HTTP.send(
            HttpRequest.newBuilder(server.address().onServer(path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as("%s", response.body()).isEqualTo(status);
    return JSON.readTree(response.body());
  }

  /// Sends one span, another one each time, and returns the status.
  private static int post(DeepFlow agent) throws IOException, InterruptedException {
    String request =
        """
        {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "%s", "spanId": "%016x", "name": "buy",
          "attributes": [{"key": "url.full", "value": {"stringValue": "http://a/?token=hunter2"}},
            {"key": "secret", "value": {"stringValue": "hunter2"}}]}]}]}]}
        """
            .formatted(TRACE, System.nanoTime() | 1);
    URI uri = agent.address().otlpTraces();
    return HTTP.send(
            HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(request))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  /// A group's configuration that has a collector take traces on a port.
  private static String collectorOn(int port) {
    return """
    collector:
      receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:%s"}}}}
      exporters: {debug: {}}
      service:
        telemetry: {metrics: {level: none}}
        pipelines: {traces: {receivers: [otlp], exporters: [debug]}}
    """
        .formatted(Integer.toString(port));
  }
}
