package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.TracesData;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What deploy/ has for a cluster, at a real API server.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeploymentIT {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String TRACE = "0123456789abcdef0123456789abcdef";
  private static final String SPAN =
      """
      {"resourceSpans":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"cart-1"}}]},
        "scopeSpans":[{"spans":[{"traceId":"%s","spanId":"0123456789abcdef","name":"GET /",
        "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000000000001"}]}]}]}
      """
          .formatted(TRACE);

  /// What deepflow-server's tags are made of; it may read these and nothing else.
  private static final List<String> READABLE =
      List.of(
          "nodes",
          "replicationcontrollers",
          "pods",
          "services",
          "endpointslices.discovery.k8s.io",
          "deployments.apps",
          "statefulsets.apps",
          "daemonsets.apps",
          "replicasets.apps",
          "jobs.batch",
          "cronjobs.batch",
          "ingresses.networking.k8s.io");

  private Path folder = Path.of("");
  private KubernetesApi kubernetes;

  @BeforeAll
  void applyAll(@TempDir Path temporary) throws Exception {
    folder = temporary;
    kubernetes = KubernetesApi.start(temporary);
    // The API server says what would break the strictest of the Pod Security Standards.
    kubernetes.kubectl("create", "namespace", "open-telemetry").ok();
    kubernetes.kubectl("label", "namespace", "open-telemetry", warn("restricted")).ok();
    kubernetes.kubectl("annotate", "namespace", "open-telemetry", LAST_APPLIED).ok();
    apply("open-telemetry.yaml", "open-telemetry").quiet();
    apply("deepflow.yaml", "deepflow").quiet();
  }

  /// So that `apply` doesn't warn about a namespace that it hasn't made.
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration={}";

  private static String warn(String standard) {
    return "pod-security.kubernetes.io/warn=" + standard;
  }

  @AfterAll
  void stop() {
    if (kubernetes != null) {
      kubernetes.close();
    }
  }

  private Ran apply(String manifest, String namespace) throws Exception {
    return kubernetes.kubectl(
        "apply", "-n", namespace, "-f", Shipped.manifest(manifest).toString());
  }

  private Ran run(List<String> command) throws Exception {
    return Ran.of(folder, command, "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"otel-gateway.yaml", "otel-agent-conf-nodeport.yaml", "open-telemetry.yaml"})
  void everyManifestIsTakenWithoutAWarning(String manifest) throws Exception {
    assertThat(
            kubernetes
                .kubectl(
                    "apply",
                    "-n",
                    "open-telemetry",
                    "--dry-run=server",
                    "-f",
                    Shipped.manifest(manifest).toString())
                .quiet())
        .contains("conf");
  }

  @Test
  void thePagesObjectsAreThere() throws Exception {
    assertThat(kubernetes.kubectl("get", "all", "-n", "open-telemetry").ok())
        .contains("service/otel-agent", "daemonset.apps/otel-agent");
    assertThat(spec("open-telemetry", "service/otel-agent", "internalTrafficPolicy"))
        .isEqualTo("Local");
    assertThat(spec("deepflow", "service/deepflow-agent", "internalTrafficPolicy"))
        .isEqualTo("Local");
    assertThat(spec("deepflow", "service/deepflow-agent", "type")).isEqualTo("ClusterIP");
    assertThat(spec("deepflow", "service/deepflow-agent", "ports[?(@.port==80)].targetPort"))
        .isEqualTo("receive");
  }

  private String spec(String namespace, String object, String path) throws Exception {
    return kubernetes
        .kubectl("get", "-n", namespace, object, "-o", "jsonpath={.spec." + path + "}")
        .ok();
  }

  /// The command stands in the page as it stands here, but for the kubeconfig.
  @Test
  void thePagesGrepFindsTheExporter() throws Exception {
    String command =
        """
        kubectl() { "%s" --kubeconfig="%s" "$@"; }
        kubectl get cm -n open-telemetry otel-agent-conf -o custom-columns=DATA:.data | \\
            grep -A 5 otlphttp:
        """
            .formatted(RealParts.kubernetes("kubectl"), kubernetes.kubeconfig());
    assertThat(run(List.of("sh", "-c", command)).ok().lines().map(String::strip))
        .containsExactly(
            "otlphttp:",
            "traces_endpoint: http://deepflow-agent.deepflow/api/v1/otel/trace",
            "tls:",
            "insecure: true",
            "retry_on_failure:",
            "enabled: true");
  }

  @Test
  void thePagesCommandChangesTheImage() throws Exception {
    kubernetes
        .kubectl(
            "set",
            "image",
            "-n",
            "open-telemetry",
            "daemonset/otel-agent",
            "otel-agent=otel/opentelemetry-collector-contrib:0.160.0")
        .quiet();
    assertThat(spec("open-telemetry", "daemonset/otel-agent", "template.spec.containers[0].image"))
        .isEqualTo("otel/opentelemetry-collector-contrib:0.160.0");
  }

  @Test
  void theServerMayReadWhatItsTagsAreMadeOfAndNothingElse() throws Exception {
    Path account = kubernetes.kubeconfigOf("deepflow", "deepflow-server");
    String all = String.join(",", READABLE);
    kubernetes.kubectlAs(account, "", "get", all, "--all-namespaces").ok();
    for (String kind : READABLE) {
      kubernetes.kubectlAs(account, "", "auth", "can-i", "watch", kind, "--all-namespaces").ok();
    }
    String rules = kubernetes.kubectlAs(account, "", "auth", "can-i", "--list").ok();
    List<String> allowed =
        new ArrayList<>(READABLE.stream().map(kind -> kind + " [] [] [list watch]").toList());
    // Its uid is the cluster's.
    allowed.add("namespaces [] [kube-system] [list watch]");
    assertThat(rules.lines().skip(1).filter(DeploymentIT::isOfObjects).map(DeploymentIT::words))
        .containsExactlyInAnyOrderElementsOf(allowed);
    assertThat(kubernetes.kubectlAs(account, "", "get", "secrets", "-A").err())
        .contains("Forbidden");
  }

  @Test
  void theServerWatchesAllThatItWatchesWithTheseRights() throws Exception {
    Path account = kubernetes.kubeconfigOf("deepflow", "deepflow-server");
    Path data = Files.createTempDirectory(folder, "data");
    try (DeepFlow up = DeepFlow.up(data, "--kubeconfig", account.toString()).start()) {
      Patience.await(
          PATIENCE,
          () -> assertThat(up.process().log()).contains("INFO  ClusterWatch - all is known"));
      assertThat(up.process().log()).doesNotContain("tried again until it works");
    }
  }

  /// Not of URLs, and not what everybody may: to ask what one may do oneself.
  private static boolean isOfObjects(String rule) {
    return !rule.isBlank() && !rule.startsWith(" ") && !rule.startsWith("selfsubject");
  }

  private static String words(String rule) {
    return rule.strip().replaceAll("\\s+", " ");
  }

  @Test
  void theAgentMayNothing() throws Exception {
    Path account = kubernetes.kubeconfigOf("deepflow", "deepflow-agent");
    assertThat(kubernetes.kubectlAs(account, "", "get", "pods", "-A").err()).contains("Forbidden");
    assertThat(
            spec(
                "deepflow",
                "daemonset/deepflow-agent",
                "template.spec.automountServiceAccountToken"))
        .isEqualTo("false");
  }

  @Test
  void theManifestIsWhatTheChartGives() throws Exception {
    assertThat(run(Shipped.render()).quiet())
        .isEqualTo(Files.readString(Shipped.manifest("deepflow.yaml")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server.nodePort.enabled=true",
        "server.kubernetes.enabled=false",
        "server.enabled=false,agent.servers={a:20033}",
        "agent.queue.volume=emptyDir",
        "networkPolicy.queriesFrom={monitoring}",
        "image.registry=images.example/,image.pullSecrets={one}",
        "agent.extraArgs={--max-bandwidth,100Mbps},server.tolerations[0].operator=Exists"
      })
  void everyVariantOfTheChartIsTakenWithoutAWarning(String values) throws Exception {
    String manifest = run(Shipped.helm("template", "-n", "deepflow", "--set", values)).quiet();
    kubernetes
        .kubectlAs(kubernetes.kubeconfig(), manifest, "apply", "--dry-run=server", "-f", "-")
        .quiet();
  }

  /// With the queue in an emptyDir, what is left needs no exception from the strictest standard.
  @Test
  void withoutAHostPathTheChartIsRestricted() throws Exception {
    kubernetes.kubectl("create", "namespace", "strict").ok();
    kubernetes.kubectl("label", "namespace", "strict", warn("restricted")).ok();
    String manifest =
        run(Shipped.helm("template", "-n", "strict", "--set", "agent.queue.volume=emptyDir"))
            .quiet();
    kubernetes
        .kubectlAs(kubernetes.kubeconfig(), manifest, "apply", "--dry-run=server", "-f", "-")
        .quiet();
  }

  @Test
  void theChartIsCleanAndRefusesWrongValues() throws Exception {
    assertThat(run(Shipped.helm("lint", "--strict")).ok()).contains("0 chart(s) failed");
    for (String wrong :
        List.of(
            "agent.queue.size=lots",
            "server.retention=3",
            "server.retentionMetrics1m=7",
            "agnet.image=x",
            "image.tag=1")) {
      Ran ran = run(Shipped.helm("template", "--set", wrong));
      assertThat(ran.code()).as(wrong).isNotZero();
      assertThat(ran.err()).contains("values don't meet the specifications of the schema");
    }
  }

  /// With an API server of its own: the names of what the chart makes are fixed.
  @Test
  void helmInstallsAndUpgradesAndLeavesNothingBehind() throws Exception {
    Path own = Files.createDirectory(folder.resolve("helm"));
    try (KubernetesApi cluster = KubernetesApi.start(own)) {
      cluster.kubectl("create", "namespace", "deepflow").ok();
      List<String> before = everything(cluster);
      String[] where = {"--kubeconfig=" + cluster.kubeconfig(), "--namespace=deepflow"};

      run(Shipped.helm("install", where)).quiet();
      assertThat(everything(cluster))
          .contains("daemonset.apps/deepflow-agent", "statefulset.apps/deepflow-server");
      run(Shipped.helm("upgrade", with(where, "--set=agent.queue.volume=emptyDir"))).quiet();
      assertThat(
              cluster
                  .kubectl("get", "-n", "deepflow", "daemonset/deepflow-agent", "-o", "yaml")
                  .ok())
          .contains("emptyDir")
          .doesNotContain("hostPath");
      run(Shipped.helm(
              "upgrade", with(where, "--set=server.enabled=false,agent.servers={a:20033}")))
          .quiet();
      assertThat(everything(cluster)).doesNotContain("statefulset.apps/deepflow-server");
      run(helm("rollback", with(where, "1"))).quiet();
      assertThat(everything(cluster)).contains("statefulset.apps/deepflow-server");
      run(helm("uninstall", where)).quiet();

      assertThat(everything(cluster)).containsExactlyInAnyOrderElementsOf(before);
    }
  }

  private static String[] with(String[] arguments, String more) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = more;
    return all;
  }

  /// `helm ACTION deepflow` with more arguments, which asks for no chart.
  private static List<String> helm(String action, String... arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(RealParts.kubernetes("helm").toString(), action, "deepflow"));
    command.addAll(List.of(arguments));
    return command;
  }

  /// Names of all objects of all kinds, but for what an API server writes down by itself.
  private static List<String> everything(KubernetesApi cluster) throws Exception {
    String kinds =
        cluster
            .kubectl("api-resources", "--verbs=list,create", "-o", "name")
            .ok()
            .lines()
            .filter(kind -> !kind.startsWith("events") && !kind.startsWith("leases"))
            .collect(Collectors.joining(","));
    return cluster.kubectl("get", kinds, "-A", "-o", "name").ok().lines().toList();
  }

  /// The shipped configuration word for word, but for addresses, how it logs in and that it waits
  /// until it knows the pods, with the rights of its ServiceAccount; the second one is for senders
  /// whose address is hidden.
  @ParameterizedTest
  @CsvSource({"open-telemetry.yaml, 127.0.0.5", "otel-agent-conf-nodeport.yaml, 127.0.0.9"})
  void theShippedConfigurationKnowsThePodThatASpanCameFrom(String manifest, String sender)
      throws Exception {
    TracesData trace = throughCollector(shipped(manifest), sender);

    assertThat(Otlp.hostAddresses(trace)).containsExactly("127.0.0.5");
    assertThat(trace.toString()).contains(podUid());
  }

  /// A collector of today then sends no k8s.pod.ip: what tags the span is who the pod is.
  @Test
  void thePagesConfigurationStillSaysWhoThePodIs() throws Exception {
    Path page = Path.of("src/test/resources/deepflow/acceptance/collector-otlphttp.yaml");
    String asThePageSays =
        Files.readString(page)
            .replace("passthrough: true", "auth_type: kubeConfig\n    wait_for_metadata: true");
    Path file = Files.writeString(folder.resolve("collector-page.yaml"), asThePageSays);

    TracesData trace = throughCollector(file, "127.0.0.5");

    assertThat(Otlp.hostAddresses(trace)).doesNotContain("127.0.0.5");
    assertThat(trace.toString()).contains(podUid());
  }

  /// A span of the pod cart-1, whose address is 127.0.0.5, as the server has it.
  private TracesData throughCollector(Path configuration, String sender) throws Exception {
    pod();
    Collector.Address collector = Collector.Address.free();
    Path data = Files.createTempDirectory(folder, "data");
    try (DeepFlow up = DeepFlow.up(data).start();
        Collector _ =
            Collector.start(configuration, collector, up.address().agent(), environment())) {
      URI to = URI.create("http://127.0.0.1:" + collector.http() + "/v1/traces");
      byte[] span = SPAN.getBytes(StandardCharsets.UTF_8);
      assertThat(OtlpPost.from(sender, to, "application/json", span)).isEqualTo(200);
      ServerClient server = new ServerClient(up.address());
      Patience.await(PATIENCE, () -> assertThat(server.trace(TRACE)).isPresent());
      return server.trace(TRACE).orElseThrow();
    }
  }

  private String podUid() throws Exception {
    return kubernetes.kubectl("get", "pod", "cart-1", "-o", "jsonpath={.metadata.uid}").ok();
  }

  private Map<String, String> environment() throws Exception {
    Path account = kubernetes.kubeconfigOf("open-telemetry", "opentelemetry-collector");
    return Map.of("KUBECONFIG", account.toString(), "K8S_NODE_NAME", "node-1");
  }

  private void pod() throws Exception {
    kubernetes
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: cart-1, namespace: default}
            spec: {nodeName: node-1, containers: [{name: cart, image: cart}]}
            """)
        .ok();
    kubernetes.status(
        "default", "pod/cart-1", "{\"podIP\":\"127.0.0.5\",\"podIPs\":[{\"ip\":\"127.0.0.5\"}]}");
  }

  private Path shipped(String manifest) throws Exception {
    String object =
        kubernetes
            .kubectl(
                "apply",
                "--dry-run=client",
                "-o",
                "json",
                "-f",
                Shipped.manifest(manifest).toString())
            .ok();
    JsonNode json = JSON.readTree(object);
    List<JsonNode> items =
        json.has("items") ? json.path("items").values().stream().toList() : List.of(json);
    String text =
        items.stream()
            .filter(item -> item.path("kind").asString("").equals("ConfigMap"))
            .findFirst()
            .orElseThrow()
            .path("data")
            .path("otel-agent-config")
            .asString();
    String here =
        text.replace("0.0.0.0:4317", "127.0.0.1:${env:COLLECTOR_GRPC_PORT}")
            .replace("0.0.0.0:4318", "127.0.0.1:${env:COLLECTOR_HTTP_PORT}")
            .replace("0.0.0.0:13133", "127.0.0.1:${env:COLLECTOR_HEALTH_PORT}")
            .replace(
                "host: 0.0.0.0\n                port: 8888",
                "host: 127.0.0.1\n                port: 0")
            .replace("deepflow-agent.deepflow", "127.0.0.1:${env:AGENT_PORT}")
            .replace(
                "k8sattributes:\n",
                "k8sattributes:\n    auth_type: kubeConfig\n    wait_for_metadata: true\n");
    return Files.writeString(folder.resolve("collector-" + manifest), here);
  }
}
