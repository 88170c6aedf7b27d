package deepflow.server.labeler;

import static deepflow.server.labeler.Shop.SECOND;
import static deepflow.server.labeler.Shop.START;
import static deepflow.server.labeler.Shop.address;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What has a node's address: the node, pods in its network, ports that lead to pods, services.
class NodeAddressTest {
  private static final long NOW = START + 100 * SECOND;
  private static final String NODE = "10.0.0.1";

  private final Labeler labeler = new Labeler(() -> Instant.ofEpochSecond(NOW / SECOND));
  private ClusterInventory cluster;

  @BeforeEach
  void fill() {
    cluster = labeler.add();
    Shop.fill(cluster);
    labeler.refresh();
  }

  @AfterEach
  void close() {
    labeler.close();
  }

  private void put(Known... objects) {
    for (Known object : objects) {
      cluster.put(object);
    }
    labeler.refresh();
  }

  private Side own(Map<String, String> words, String seen) {
    Address at = seen.isEmpty() ? Address.NONE : address(seen);
    return labeler.snapshot().own(new Sender(words, at, "host-of-agent"), 0, NOW);
  }

  private Side peer(String address, int port, boolean serves) {
    Side own = own(Map.of("k8s.pod.uid", "1"), "");
    return labeler.snapshot().peer(own, new Peer(address(address), "", port, serves), NOW);
  }

  private static String tags(Side side, Tag... tags) {
    StringBuilder text = new StringBuilder();
    for (Tag tag : tags) {
      text.append(text.isEmpty() ? "" : " ").append(side.labels().tag(tag));
    }
    return text.toString();
  }

  private String server(String address, int port) {
    return tags(peer(address, port, true), Tag.AUTO_INSTANCE, Tag.SOURCE);
  }

  private static KnownService balanced(String name, String address, int port) {
    return Shop.service(name, name, address, port, port, 0);
  }

  @Test
  void aServiceAtANodesAddressHasOnlyItsOwnPort() {
    put(balanced("front", NODE, 443), balanced("mail", NODE, 25));

    assertThat(server(NODE, 443)).isEqualTo("front service address");
    assertThat(server(NODE, 25)).isEqualTo("mail service address");
    assertThat(server(NODE, 53)).isEqualTo("dns node address, hostNetwork pod by its port");
    assertThat(server(NODE, 30080)).isEqualTo("node-1 node address, service by its NodePort");
    assertThat(server(NODE, 22)).isEqualTo("node-1 node address");
    assertThat(tags(peer(NODE, 0, false), Tag.AUTO_INSTANCE, Tag.SOURCE))
        .isEqualTo("node-1 node address: sent through a NodePort?");
  }

  @Test
  void anAddressOfOneServiceIsItsWhateverThePort() {
    put(balanced("alone", "172.16.0.1", 443));

    assertThat(server("172.16.0.1", 8443)).isEqualTo("alone service address");
  }

  @Test
  void ofServicesAtOneAddressThePortChoosesOrNobody() {
    put(balanced("front", "172.16.0.1", 443), balanced("mail", "172.16.0.1", 25));

    assertThat(server("172.16.0.1", 443)).isEqualTo("front service address");
    assertThat(server("172.16.0.1", 25)).isEqualTo("mail service address");
    assertThat(server("172.16.0.1", 80)).isEqualTo("address unknown at that time");
  }

  /// On node-2, behind the node's port 8443.
  private static KnownPod behindHostPort() {
    KnownPod pod = Shop.pod("3", "edge-5d4-a", "edge", "10.1.0.7", START);
    return new KnownPod(
        pod.object(),
        pod.owner(),
        "node-2",
        /* hostNetwork= */ false,
        pod.addresses(),
        List.of(new KnownPod.Port("https", 443, 8443)),
        List.of(),
        Map.of(),
        /* forwards= */ false,
        Long.MAX_VALUE);
  }

  @Test
  void aPodBehindAHostPortHasThatPortOfItsNodeAndNotItsContainers() {
    put(behindHostPort());

    assertThat(server("10.0.0.2", 8443))
        .isEqualTo("edge-5d4-a node address, hostNetwork pod by its port");
    assertThat(server("10.0.0.2", 443)).isEqualTo("node-2 node address");
    assertThat(server("10.1.0.7", 443)).isEqualTo("edge-5d4-a pod address");
  }

  /// As the page's collector for senders behind a load balancer does: host.name is the pod's name.
  private static Map<String, String> named(String host, String service) {
    return Map.of("host.name", host, "k8s.pod.name", host, "service.name", service);
  }

  @Test
  void aNodesNameIsNoPodsThoughACollectorSaysSo() {
    Side node = own(named("node-1", "batch"), "");
    assertThat(tags(node, Tag.POD, Tag.POD_NODE, Tag.HOST, Tag.SOURCE))
        .isEqualTo("node-1 node-1 host.name");
    assertThat(node.labels().autoInstanceType()).isEqualTo(DeviceType.NODE);
    assertThat(tags(own(named("node-1", "proxy"), ""), Tag.POD, Tag.POD_NODE, Tag.SOURCE))
        .isEqualTo("proxy node-1 host.name, hostNetwork pod");
  }

  @Test
  void aHostOutsideOfKubernetesIsNoPodThoughACollectorSaysSo() {
    Side side = own(named("web-1", "web"), "");

    assertThat(tags(side, Tag.POD, Tag.AUTO_INSTANCE)).isEqualTo("web-1");
    assertThat(side.labels().autoInstanceType()).isEqualTo(DeviceType.HOST);
    assertThat(side.open()).as("it may be a pod that isn't known yet").isNotNull();
  }

  @Test
  void aPodsNameIsItsHostsNameToo() {
    assertThat(tags(own(named("cart-5d4-a", "cart"), ""), Tag.POD, Tag.SOURCE))
        .isEqualTo("cart-5d4-a k8s.pod.name");
  }

  @Test
  void aPodThatTheSenderIsNotLeavesItsNode() {
    Side side = own(Map.of("k8s.pod.name", "other", "service.name", "proxy"), NODE);

    assertThat(tags(side, Tag.POD, Tag.POD_NODE, Tag.SOURCE))
        .isEqualTo("other node-1 k8s.pod.name is not known to Kubernetes");
  }

  private static KnownPod onNodesNetwork(String uid, String app, int port, long since) {
    KnownPod pod = Shop.hostPod(app, "node-1", NODE, port);
    return new KnownPod(
        Shop.object(uid, "kube-system", app + "-" + uid, Map.of("app", app), since),
        pod.owner(),
        pod.node(),
        pod.hostNetwork(),
        pod.addresses(),
        pod.ports(),
        List.of(),
        Map.of(),
        /* forwards= */ false,
        Long.MAX_VALUE);
  }

  @Test
  void whichPodIsOnANodesNetworkHoldsAsLongAsThePod() {
    put(onNodesNetwork("x1", "exporter", 9100, START), onNodesNetwork("x3", "cache", 9200, NOW));
    cluster.remove("x1", START + 50 * SECOND, /* certain= */ true);
    put(onNodesNetwork("x2", "exporter", 9100, START + 50 * SECOND));
    Side own = own(Map.of("k8s.pod.uid", "1"), "");
    Peer exporter = new Peer(address(NODE), "", 9100, true);

    Side before = labeler.snapshot().peer(own, exporter, START + 49 * SECOND);
    Side after = labeler.snapshot().peer(own, exporter, START + 50 * SECOND);

    assertThat(before.labels().tag(Tag.POD)).isEqualTo("exporter-x1");
    assertThat(before.holdsAt(START + 50 * SECOND)).isFalse();
    assertThat(after.labels().tag(Tag.POD)).isEqualTo("exporter-x2");
    assertThat(after.holdsAt(START + 49 * SECOND)).isFalse();
    Sender sender = new Sender(Map.of("service.name", "exporter"), address(NODE), "");
    Side sent = labeler.snapshot().own(sender, 0, START + 49 * SECOND);
    assertThat(sent.labels().tag(Tag.POD)).isEqualTo("exporter-x1");
    assertThat(sent.holdsAt(START + 50 * SECOND)).isFalse();
  }

  @Test
  void aPodOnANodesNetworkThatIsMissingMayCome() {
    assertThat(peer(NODE, 9100, true).open()).isNotNull();
    assertThat(own(Map.of("service.name", "exporter"), NODE).open()).isNotNull();
    assertThat(peer(NODE, 53, true).open()).as("it is there").isNull();
    assertThat(own(Map.of("service.name", "proxy"), NODE).open()).as("it is there").isNull();
    assertThat(peer(NODE, 30080, true).open()).as("a service").isNull();
    assertThat(peer(NODE, 0, false).open()).as("any client").isNull();
  }

  private static KnownNode node(String name, String address, String hostId, long since) {
    return new KnownNode(
        Shop.object("uid-" + name, "", name, Map.of(), since),
        List.of(address(address)),
        List.of(hostId, hostId),
        address,
        name);
  }

  @Test
  void anAddressOfTwoNodesIsTheNewestOnes() {
    // Whatever order a map has them in.
    for (int i = 0; i < 10; i++) {
      String address = "10.0.1." + i;
      put(
          node("now-" + i, address, "now-" + i, START + SECOND),
          node("before-" + i, address, "before-" + i, START));

      assertThat(server(address, 22)).isEqualTo("now-%s node address".formatted(i));
    }
  }

  @Test
  void aHostIdOfTwoNodesIsNobodys() {
    put(node("alone", "10.0.1.1", "id-1", START));
    put(node("copy-1", "10.0.1.2", "id-2", START), node("copy-2", "10.0.1.3", "id-2", START));

    assertThat(own(Map.of("host.id", "id-1"), "").labels().tag(Tag.POD_NODE)).isEqualTo("alone");
    assertThat(own(Map.of("host.id", "id-2"), "").labels().tag(Tag.POD_NODE)).isEmpty();
  }
}
