package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.acceptance.ShopCluster.Pod;
import io.opentelemetry.proto.trace.v1.Span;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A cluster of a real API server, senders bound to their pods' addresses, the real collector with
/// the page's configuration or none, our agent and server: each span says who was at both sides.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KubernetesLabelsIT {
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration SOON = Duration.ofSeconds(15);

  /// The promise: labels are right so long after the news.
  private static final Duration PROMISED = Duration.ofSeconds(5);

  private static final Collector.Address COLLECTOR = Collector.Address.free();

  private KubernetesApi kubernetes;
  private ShopCluster cluster;
  private DeepFlow up;
  private ServerClient server;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    RealParts.collector();
    kubernetes = KubernetesApi.start(folder);
    cluster = ShopCluster.make(kubernetes);
    up =
        DeepFlow.up(
                folder.resolve("data"),
                "--kubeconfig",
                kubernetes.kubeconfig().toString(),
                "--kubernetes-cluster",
                "prod")
            .start();
    server = new ServerClient(up.address());
    awaitSource("127.0.1.10", direct(), "agent");
  }

  /// Sends until the pod is known, by the server and by a collector on the way: their first lists
  /// take a while.
  private void awaitSource(String from, URI to, String source) throws Exception {
    Patience.await(
        START,
        () -> {
          String endpoint =
              OneSpan.send(
                  from, to, Span.SpanKind.SPAN_KIND_SERVER, Instant.now(), Map.of(), Map.of());
          Patience.await(SOON, () -> row(endpoint, "pod_1"));
          assertThat(row(endpoint, "pod_group_1, tag_source_1")).isEqualTo("cart " + source);
        });
  }

  @AfterAll
  void stop() throws Exception {
    if (up != null) {
      up.stop();
    }
    if (kubernetes != null) {
      kubernetes.close();
    }
  }

  private static Map<String, Object> peer(String address, int port) {
    return Map.of("network.peer.address", address, "server.port", port);
  }

  private URI direct() {
    return up.address().deepFlowTraces();
  }

  private static URI collector() {
    return URI.create("http://127.0.0.1:" + COLLECTOR.http() + "/v1/traces");
  }

  private String row(String endpoint, String tags) throws Exception {
    var rows =
        server.query("SELECT %s FROM l7_flow_log WHERE endpoint = '%s'".formatted(tags, endpoint));
    assertThat(rows).as(endpoint).hasSize(1);
    return String.join(" ", rows.getFirst().stream().map(value -> value.asString()).toList());
  }

  private static final String SERVER_SIDE =
      "pod_1, pod_ns_1, pod_node_1, pod_group_1, pod_service_1, pod_cluster_1, auto_instance_1";

  private static String expected(Pod pod) {
    return String.join(
        " ",
        pod.name(),
        pod.namespace(),
        pod.node(),
        pod.group(),
        pod.service(),
        "prod",
        pod.name());
  }

  /// Each pod sends one span; each must say what the table says.
  private void eachPodIsItself(URI to, boolean fromElsewhere, String source) throws Exception {
    Map<String, String> sent = new TreeMap<>();
    Map<String, String> wanted = new TreeMap<>();
    for (Pod pod : cluster.senders()) {
      String from = fromElsewhere ? "127.0.9.9" : pod.address();
      Map<String, String> words = fromElsewhere ? Map.of("host.name", pod.name()) : Map.of();
      String endpoint =
          OneSpan.send(from, to, Span.SpanKind.SPAN_KIND_SERVER, Instant.now(), words, Map.of());
      sent.put(pod.name(), endpoint);
      wanted.put(pod.name(), expected(pod) + " " + source);
    }
    assertThat(wanted).hasSizeGreaterThanOrEqualTo(30);
    Patience.await(
        SOON,
        () -> {
          Map<String, String> found = new TreeMap<>();
          for (var one : sent.entrySet()) {
            found.put(one.getKey(), row(one.getValue(), SERVER_SIDE + ", tag_source_1"));
          }
          assertThat(found).isEqualTo(wanted);
        });
  }

  @Test
  @Order(1)
  void straightToTheAgentEachPodIsItself() throws Exception {
    assertThat(cluster.size()).isGreaterThanOrEqualTo(30);
    eachPodIsItself(direct(), false, "agent");
  }

  @Test
  @Order(2)
  void byTheCollectorWithThePagesWordsEachPodIsItselfAndNeverTheCollector() throws Exception {
    try (Collector _ = startCollector("collector-kubernetes.yaml")) {
      awaitSource("127.0.1.10", collector(), "k8s.pod.uid");
      eachPodIsItself(collector(), false, "k8s.pod.uid");
      String unknown =
          OneSpan.send(
              "127.0.77.7",
              collector(),
              Span.SpanKind.SPAN_KIND_SERVER,
              Instant.now(),
              Map.of(),
              Map.of());

      Patience.await(
          SOON,
          () ->
              assertThat(row(unknown, "pod_1, tag_source_1"))
                  .isEqualTo(" the agent saw only a collector's address"));
    }
  }

  @Test
  @Order(3)
  void byALoadBalancerOrNodePortEachPodIsItself() throws Exception {
    try (Collector _ = startCollector("collector-nodeport.yaml")) {
      awaitSource("127.0.1.10", collector(), "k8s.pod.uid");
      eachPodIsItself(collector(), true, "k8s.pod.uid");
    }
    eachPodIsItself(direct(), true, "host.name");
  }

  /// The senders of the other tests are OTLP's bytes from the right address; these are SDKs.
  @Test
  @Order(3)
  void whatRealSdksSendIsTheirPods() throws Exception {
    Map<BoundSdks, String> pods =
        Map.of(
            BoundSdks.JAVA, "cart-5d4f7-c",
            BoundSdks.JAVASCRIPT, "orders-5d4f7-d",
            BoundSdks.PYTHON, "db-1");
    try (Collector _ = startCollector("collector-kubernetes.yaml")) {
      awaitSource("127.0.1.10", collector(), "k8s.pod.uid");
      for (var one : pods.entrySet()) {
        String address = cluster.pod(one.getValue()).address();
        String byCollector = one.getKey().send(address, collector());
        String straight = one.getKey().send(address, direct());
        String sql =
            "SELECT pod_1, tag_source_1 FROM l7_flow_log WHERE trace_id = '%s'"
                + " AND endpoint IN ('sent', 'child')";
        assertAllRows(sql.formatted(byCollector), one.getValue() + " k8s.pod.uid");
        assertAllRows(sql.formatted(straight), one.getValue() + " agent");
      }
    }
  }

  private void assertAllRows(String sql, String wanted) throws Exception {
    Patience.await(
        SOON,
        () ->
            assertThat(server.query(sql))
                .isNotEmpty()
                .allSatisfy(row ->
                    assertThat(row.get(0).asString() + " " + row.get(1).asString())
                        .isEqualTo(wanted)));
  }

  private Collector startCollector(String configuration) throws Exception {
    return Collector.start(
        configuration,
        COLLECTOR,
        up.address().agent(),
        Map.of("KUBECONFIG", kubernetes.kubeconfig().toString()));
  }

  @ParameterizedTest
  @Order(4)
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "127.0.2.12 | 8080  | orders-5d4f7-c | orders-5d4f7-c | orders     | pod address",
        "127.0.1.10 | 8080  | cart-5d4f7-a   | cart-5d4f7-a   | cart       | pod address",
        "127.0.1.10 | 9090  | cart-5d4f7-a   | cart-5d4f7-a   | cart-admin | pod address",
        "127.0.3.11 | 5432  | db-1           | db-1           | db         | pod address",
        "127.0.5.13 | 80    | bare-3         | bare-3         | ''         | pod address",
        "10.96.0.41 | 80    | ''             | cart           | cart       | service address",
        "127.0.9.1  | 30080 | ''             | node-1         | cart       | node address, service by its NodePort",
        "127.0.9.1  | 7070  | proxy-x1       | proxy-x1       | ''         | node address, hostNetwork pod by its port",
        "127.0.9.2  | 22    | ''             | node-2         | ''         | node address",
        "192.0.2.8  | 443   | ''             | 192.0.2.8      | ''         | address unknown at that time",
      })
  void theOtherSideIsWhoHasTheAddress(
      String address, int port, String pod, String instance, String service, String source)
      throws Exception {
    String endpoint =
        OneSpan.send(
            "127.0.1.11",
            direct(),
            Span.SpanKind.SPAN_KIND_CLIENT,
            Instant.now(),
            Map.of(),
            peer(address, port));

    Patience.await(
        SOON,
        () ->
            assertThat(row(endpoint, "pod_0, pod_1, auto_instance_1, pod_service_1, tag_source_1"))
                .isEqualTo(String.join(" ", "cart-5d4f7-b", pod, instance, service, source)));
  }

  @Test
  @Order(5)
  void aReusedAddressBelongsToWhoHadItWhenTheSpanWas() throws Exception {
    Instant before = Instant.now();
    cluster.delete("bare-5");
    Thread.sleep(1_500);
    cluster.pod("", "", "heir", "-0", "127.0.5.15", "node-1", "");
    Instant after = Instant.now().plusSeconds(1);
    Map<String, String> words = Map.of("app.host.ip", "127.0.5.15");

    Patience.await(
        PROMISED,
        () -> {
          String now =
              OneSpan.send(
                  "127.0.9.9", direct(), Span.SpanKind.SPAN_KIND_SERVER, after, words, Map.of());
          Patience.await(SOON, () -> assertThat(row(now, "pod_1")).isEqualTo("heir-0"));
        });
    String late =
        OneSpan.send(
            "127.0.9.9", direct(), Span.SpanKind.SPAN_KIND_SERVER, before, words, Map.of());
    String called =
        OneSpan.send(
            "127.0.1.11",
            direct(),
            Span.SpanKind.SPAN_KIND_CLIENT,
            before,
            Map.of(),
            peer("127.0.5.15", 80));
    Patience.await(SOON, () -> assertThat(row(late, "pod_1")).isEqualTo("bare-5"));
    Patience.await(SOON, () -> assertThat(row(called, "pod_1")).isEqualTo("bare-5"));
  }

  @Test
  @Order(6)
  void spansThatCameBeforeTheNewsOfTheirPodAreLabelledAfterwards() throws Exception {
    Instant start = Instant.now().minusSeconds(1);
    String early =
        OneSpan.send(
            "127.0.5.99",
            direct(),
            Span.SpanKind.SPAN_KIND_SERVER,
            Instant.now(),
            Map.of(),
            Map.of());
    Patience.await(
        SOON,
        () ->
            assertThat(row(early, "pod_1, tag_source_1"))
                .isEqualTo(" address unknown at that time"));

    cluster.pod("", "", "young", "-0", "127.0.5.99", "node-1", "");
    kubernetes.status("shop", "pod/young-0", ShopCluster.status("127.0.5.99", start));

    Patience.await(PROMISED, () -> assertThat(row(early, "pod_1")).isEqualTo("young-0"));
  }

  @Test
  @Order(7)
  void labelsAreTagsAndTheSendersWordStays() throws Exception {
    String endpoint =
        OneSpan.send(
            "127.0.1.10",
            direct(),
            Span.SpanKind.SPAN_KIND_SERVER,
            Instant.now(),
            Map.of("k8s.node.name", "mine"),
            Map.of("server.port", 9090));

    Patience.await(
        SOON,
        () ->
            assertThat(
                    row(
                        endpoint,
                        "`k8s.label.app_1`, `k8s.label.team_1`, pod_service_1, pod_node_1,"
                            + " tag_conflicts_1, Enum(auto_service_type_1), region_1"))
                .isEqualTo(
                    "cart blue cart-admin mine k8s.node.name is node-1 in Kubernetes Service"
                        + " north"));
  }

  @Test
  @Order(8)
  void theApiServerMayGoAwayAndComeBack() throws Exception {
    kubernetes.killServer();
    String meanwhile =
        OneSpan.send(
            "127.0.2.10",
            direct(),
            Span.SpanKind.SPAN_KIND_SERVER,
            Instant.now(),
            Map.of(),
            Map.of());
    Patience.await(SOON, () -> assertThat(row(meanwhile, "pod_1")).isEqualTo("orders-5d4f7-a"));

    kubernetes.restartServer();
    cluster.pod("", "", "back", "-0", "127.0.5.50", "node-1", "");

    String endpoint =
        OneSpan.send(
            "127.0.5.50",
            direct(),
            Span.SpanKind.SPAN_KIND_SERVER,
            Instant.now(),
            Map.of(),
            Map.of());
    Patience.await(PROMISED, () -> assertThat(row(endpoint, "pod_1")).isEqualTo("back-0"));
  }
}
