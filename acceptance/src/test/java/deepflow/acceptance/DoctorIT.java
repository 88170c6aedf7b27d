package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.SpanMill;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `deepflow doctor` before real programs and a real cluster, in each of which a mistake is made.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DoctorIT {
  private static final JsonMapper JSON = new JsonMapper();

  private Path folder = Path.of("");

  @BeforeAll
  void makeFolder(@TempDir Path temporary) {
    folder = temporary;
  }

  /// The names of what the doctor finds.
  private List<String> problems(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(Programs.launcher().toString(), "doctor"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-o", "json"));
    Ran ran = Ran.of(folder, command, "");
    JsonNode report = JSON.readTree(ran.out());
    List<String> problems = new ArrayList<>();
    report.path("findings").forEach(found -> problems.add(found.path("problem").asString()));
    boolean error = report.path("findings").toString().contains("\"severity\":\"error\"");
    assertThat(ran.code()).as(ran.out() + ran.err()).isEqualTo(error ? 1 : 0);
    return problems;
  }

  @Test
  void findsNothingWrongWithAgentAndServerUntilSomethingIsWrong() throws Exception {
    try (DeepFlow up = DeepFlow.up(folder.resolve("up")).start()) {
      String agent =
          up.address()
              .onServer("/")
              .toString()
              .replace(port(up.address().server()), port(up.address().agent()));
      String server = up.address().onServer("").toString();
      assertThat(problems("--agent", agent)).containsExactly("no-sender");
      SpanMill mill = LoadOn.mill("doctor", 1, 1);
      assertThat(post(up.address().otlpTraces(), mill.request(0))).isEqualTo(200);
      assertThat(problems("--agent", agent, "--server", server)).isEmpty();

      assertThat(problems("--agent", server)).containsExactly("not-an-agent");
      assertThat(problems("--server", agent)).containsExactly("not-a-server");
      assertThat(problems("--agent", agent.replace("http:", "https:")))
          .containsExactly("tls-to-plaintext");
      assertThat(post(up.address().otlpTraces().resolve("/v1/metrics"), new byte[0]))
          .isEqualTo(404);
      assertThat(problems("--agent", agent)).containsExactly("requests-refused");
    }
  }

  private static String port(int port) {
    return ":" + Integer.toString(port);
  }

  private static int post(URI to, byte[] body) throws Exception {
    return OtlpPost.from("127.0.0.1", to, "application/x-protobuf", body);
  }

  @Test
  void namesAnAgentWithoutAServer() throws Exception {
    try (DeepFlow agent = DeepFlow.agent(folder.resolve("agent"), Ports.free()).start()) {
      String address = "127.0.0.1" + port(agent.address().agent());
      assertThat(problems("--agent", address))
          .containsExactlyInAnyOrder("no-sender", "server-away");
      agent.kill();
      assertThat(problems("--agent", address)).containsExactly("agent-unreachable");
    }
  }

  @Test
  void readsAConfigurationFromStandardInput() throws Exception {
    String page = Files.readString(Shipped.manifest("open-telemetry.yaml"), StandardCharsets.UTF_8);
    Ran ran =
        Ran.of(
            folder,
            List.of(Programs.launcher().toString(), "doctor", "--collector", "-"),
            page.replace("[memory_limiter, k8sattributes, resource]", "[resource, k8sattributes]"));
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out())
        .contains("error    resource-first:", "put k8sattributes before resource", "errors: 1");
  }

  /// Mistakes in a cluster: all objects as shipped, then one thing changed.
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class InACluster {
    private static final String READY =
        "{\"desiredNumberScheduled\":2,\"numberReady\":2,\"currentNumberScheduled\":2,\"numberMisscheduled\":0}";

    private KubernetesApi kubernetes;

    @BeforeAll
    void startKubernetes(@TempDir Path temporary) throws Exception {
      kubernetes = KubernetesApi.start(temporary);
    }

    @AfterAll
    void stopKubernetes() {
      if (kubernetes != null) {
        kubernetes.close();
      }
    }

    @BeforeEach
    void asShipped() throws Exception {
      String page = Shipped.manifest("open-telemetry.yaml").toString();
      String own = Shipped.manifest("deepflow.yaml").toString();
      kubernetes.kubectl("apply", "-f", page, "-f", own).ok();
      kubernetes.status("open-telemetry", "daemonset/otel-agent", READY);
      kubernetes.status("deepflow", "daemonset/deepflow-agent", READY);
    }

    private List<String> found() throws Exception {
      return found(kubernetes.kubeconfig());
    }

    private List<String> found(Path kubeconfig) throws Exception {
      return problems(
          "--kubeconfig",
          kubeconfig.toString(),
          "--kubectl",
          RealParts.kubernetes("kubectl").toString());
    }

    @Test
    void findsNothingInWhatWeShip() throws Exception {
      assertThat(found()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            open-telemetry | delete service otel-agent                           | missing-object
            open-telemetry | delete daemonset otel-agent                         | missing-object
            open-telemetry | delete configmap otel-agent-conf                    | missing-object
            deepflow       | delete clusterrolebinding deepflow-server           | no-rights
            deepflow       | patch clusterrole deepflow-server --type=json -p [{"op":"remove","path":"/rules/1"}] | no-rights
            deepflow       | delete clusterrolebinding otel-collector-rolebinding | no-rights
            deepflow       | patch service deepflow-agent -p {"spec":{"internalTrafficPolicy":"Cluster"}} | service-not-local
            open-telemetry | patch service otel-agent -p {"spec":{"internalTrafficPolicy":"Cluster"}} | service-not-local
            deepflow       | patch service deepflow-agent -p {"spec":{"ports":[{"port":80,"targetPort":8080}]}} | wrong-service-port
            deepflow       | patch daemonset deepflow-agent --subresource=status -p {"status":{"numberReady":1}} | pods-not-ready
            """)
    void namesEachMistake(String namespace, String mistake, String problem) throws Exception {
      List<String> command = new ArrayList<>(List.of(mistake.split(" ", -1)));
      command.addAll(List.of("-n", namespace));
      kubernetes.kubectl(command.toArray(String[]::new)).ok();

      assertThat(found()).containsExactly(problem);
    }

    @Test
    void namesAMistakeInTheConfigMap() throws Exception {
      String shipped = Files.readString(Shipped.manifest("open-telemetry.yaml"));
      kubernetes.apply(shipped.replace("            - k8s.pod.ip\n", "")).ok();
      assertThat(found()).containsExactly("no-pod-ip");
    }

    @Test
    void saysWhenItMayNotLook() throws Exception {
      Path nobody = kubernetes.kubeconfigOf("deepflow", "deepflow-agent");
      assertThat(found(nobody)).isNotEmpty().containsOnly("forbidden");
    }

    @Test
    void saysWhenTheApiServerIsAway() throws Exception {
      kubernetes.killServer();
      try {
        assertThat(found()).containsExactly("kubernetes-unreachable");
      } finally {
        kubernetes.restartServer();
      }
    }
  }
}
