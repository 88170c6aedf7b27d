package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// Two clusters with an API server each, whose pods have the same names and addresses, watched by
/// one server. One of them is away at first.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TwoClustersIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Duration PROMISED = Duration.ofSeconds(5);
  private static final String ADDRESS = "10.1.0.5";
  private static final String SEVERAL = "   several clusters have this address";

  private KubernetesApi east;
  private KubernetesApi west;
  private DeepFlow up;
  private ServerClient server;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    east = KubernetesApi.start(Files.createDirectory(folder.resolve("east")), "east");
    west = KubernetesApi.start(Files.createDirectory(folder.resolve("west")), "west");
    pod(east, "east-1");
    pod(west, "west-1");
    west.killServer();
    up =
        DeepFlow.up(
                folder.resolve("data"), "--kubeconfig", east.kubeconfig() + "," + west.kubeconfig())
            .start();
    server = new ServerClient(up.address());
  }

  @AfterAll
  void stop() throws Exception {
    if (up != null) {
      up.stop();
    }
    for (KubernetesApi one : new KubernetesApi[] {east, west}) {
      if (one != null) {
        one.close();
      }
    }
  }

  private static void pod(KubernetesApi cluster, String node) throws Exception {
    cluster
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: cart-0, namespace: default, labels: {app: cart}}
            spec: {nodeName: %s, containers: [{name: main, image: cart}]}
            """
                .formatted(node))
        .ok();
    cluster.status("default", "pod/cart-0", ShopCluster.status(ADDRESS, Instant.now()));
  }

  /// What the span of a sender with that address and these words says of it.
  private String labels(Map<String, String> words) throws Exception {
    String endpoint =
        OneSpan.send(
            "127.0.0.1",
            up.address().deepFlowTraces(),
            Span.SpanKind.SPAN_KIND_SERVER,
            Instant.now(),
            words,
            Map.of());
    String sql =
        "SELECT pod_1, pod_node_1, pod_cluster_1, tag_source_1 FROM l7_flow_log WHERE endpoint = '%s'"
            .formatted(endpoint);
    Patience.await(SOON, () -> assertThat(server.query(sql)).hasSize(1));
    return String.join(
        " ", server.query(sql).getFirst().stream().map(value -> value.asString()).toList());
  }

  private static String uid(KubernetesApi cluster, String kind, String name) throws Exception {
    return cluster.kubectl("get", kind, name, "-o", "jsonpath={.metadata.uid}").ok();
  }

  @Test
  @Order(1)
  void aClusterThatIsAwayDoesNotHoldUpTheOther() throws Exception {
    Patience.await(
        SOON,
        () ->
            assertThat(labels(Map.of("app.host.ip", ADDRESS)))
                .isEqualTo("cart-0 east-1 east app.host.ip"));
  }

  @Test
  @Order(2)
  void aClusterThatComesIsKnownSoon() throws Exception {
    west.restartServer();

    Patience.await(
        PROMISED,
        () ->
            assertThat(labels(Map.of("k8s.cluster.name", "west", "app.host.ip", ADDRESS)))
                .isEqualTo("cart-0 west-1 west app.host.ip"));
  }

  @Test
  @Order(3)
  void anAddressThatBothHaveNeedsAWordOfTheCluster() throws Exception {
    assertThat(labels(Map.of("app.host.ip", ADDRESS))).isEqualTo(SEVERAL);
    assertThat(labels(Map.of("app.host.ip", ADDRESS, "k8s.cluster.name", "east")))
        .isEqualTo("cart-0 east-1 east app.host.ip");
    assertThat(
            labels(
                Map.of(
                    "app.host.ip",
                    ADDRESS,
                    "k8s.cluster.uid",
                    uid(west, "namespace", "kube-system"))))
        .isEqualTo("cart-0 west-1 west app.host.ip");
    assertThat(labels(Map.of("k8s.pod.uid", uid(east, "pod", "cart-0"))))
        .isEqualTo("cart-0 east-1 east k8s.pod.uid");
  }

  @Test
  @Order(4)
  void withoutAWordTheAgentsClusterCounts() throws Exception {
    String host = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
    west.apply("{apiVersion: v1, kind: Node, metadata: {name: %s}}".formatted(host)).ok();

    Patience.await(
        PROMISED,
        () ->
            assertThat(labels(Map.of("app.host.ip", ADDRESS)))
                .isEqualTo("cart-0 west-1 west app.host.ip"));
  }

  @Test
  @Order(5)
  void aClusterThatGoesAwayLeavesBothAsTheyWere() throws Exception {
    east.killServer();

    assertThat(labels(Map.of("app.host.ip", ADDRESS, "k8s.cluster.name", "east")))
        .isEqualTo("cart-0 east-1 east app.host.ip");
    west.kubectl("delete", "pod", "cart-0", "--force", "--grace-period=0").ok();
    pod(west, "west-2");
    Patience.await(
        PROMISED,
        () ->
            assertThat(labels(Map.of("app.host.ip", ADDRESS, "k8s.cluster.name", "west")))
                .isEqualTo("cart-0 west-2 west app.host.ip"));
  }
}
