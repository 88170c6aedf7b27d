package deepflow.server.labeler;

import static deepflow.server.labeler.Shop.SECOND;
import static deepflow.server.labeler.Shop.START;
import static deepflow.server.labeler.Shop.address;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who a span's sides are, by what the span says and when it was.
class LabelSnapshotTest {
  private static final long NOW = START + 100 * SECOND;

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

  private Side own(Map<String, String> words) {
    return own(words, 0, NOW);
  }

  private Side own(Map<String, String> words, int port, long time) {
    return labeler.snapshot().own(new Sender(words, Address.NONE, "host-of-agent"), port, time);
  }

  private Side seen(String address) {
    return labeler.snapshot().own(new Sender(Map.of(), address(address), "host-of-agent"), 0, NOW);
  }

  private Side server(String address, int port) {
    return server(address, port, NOW);
  }

  private Side server(String address, int port, long time) {
    Side own = own(Map.of("k8s.pod.uid", "1"));
    return labeler.snapshot().peer(own, new Peer(address(address), "", port, true), time);
  }

  private Side named(String name) {
    Side own = own(Map.of("k8s.pod.uid", "1"));
    return labeler.snapshot().peer(own, new Peer(Address.NONE, name, 80, true), NOW);
  }

  private static String tags(Side side, Tag... tags) {
    StringBuilder text = new StringBuilder();
    for (Tag tag : tags) {
      text.append(text.isEmpty() ? "" : " ").append(side.labels().tag(tag));
    }
    return text.toString();
  }

  private static String pod(Side side) {
    return tags(side, Tag.POD, Tag.SOURCE);
  }

  @Test
  void saysAllOfAPodThatTheSenderNamesByUid() {
    Side side = own(Map.of("k8s.pod.uid", "1"));

    assertThat(tags(side, Tag.POD, Tag.POD_NS, Tag.POD_NODE, Tag.POD_GROUP, Tag.POD_CLUSTER))
        .isEqualTo("cart-5d4-a shop node-1 cart prod");
    assertThat(tags(side, Tag.HOST, Tag.REGION, Tag.AZ, Tag.SOURCE))
        .isEqualTo("node-1 north n-1 k8s.pod.uid");
    assertThat(tags(side, Tag.AUTO_INSTANCE, Tag.AUTO_SERVICE)).isEqualTo("cart-5d4-a cart");
    assertThat(side.labels().podGroupKind()).isEqualTo(WorkloadKind.DEPLOYMENT);
    assertThat(side.labels().labels()).containsEntry("app", "cart").containsEntry("team", "blue");
  }

  @Test
  void believesIdsBeforeNamesBeforeAddresses() {
    assertThat(pod(own(Map.of("container.id", "c0ffee2", "app.host.ip", "10.1.0.5"))))
        .isEqualTo("orders-5d4-a container.id");
    assertThat(pod(own(Map.of("k8s.pod.name", "orders-5d4-a", "app.host.ip", "10.1.0.5"))))
        .isEqualTo("orders-5d4-a k8s.pod.name");
    assertThat(pod(own(Map.of("app.host.ip", "10.1.0.5", "host.name", "orders-5d4-a"))))
        .isEqualTo("cart-5d4-a app.host.ip");
    assertThat(pod(own(Map.of("host.name", "orders-5d4-a")))).isEqualTo("orders-5d4-a host.name");
    assertThat(pod(seen("10.1.0.6"))).isEqualTo("orders-5d4-a agent");
  }

  @Test
  void neverTakesAPodThatTheSenderSaysItIsNot() {
    Side side = own(Map.of("k8s.pod.name", "other", "app.host.ip", "10.1.0.5"));

    assertThat(pod(side)).isEqualTo("other k8s.pod.name is not known to Kubernetes");
  }

  @Test
  void neverOverwritesTheSendersWordAndSaysWhereItDiffers() {
    Side side =
        own(Map.of("k8s.pod.uid", "1", "k8s.node.name", "mine", "k8s.deployment.name", "basket"));

    assertThat(tags(side, Tag.POD_NODE, Tag.POD_GROUP)).isEqualTo("mine basket");
    assertThat(side.labels().conflicts())
        .isEqualTo("k8s.node.name is node-1 in Kubernetes; the workload is cart in Kubernetes");
  }

  @Test
  void aCollectorsAddressIsNobodysGuess() {
    assertThat(pod(seen("10.1.0.9"))).isEqualTo("the agent saw only a collector's address");
    assertThat(pod(own(Map.of("app.host.ip", "10.1.0.9")))).isEqualTo("otel-agent-x app.host.ip");
  }

  @Test
  void aPortChoosesAmongServices() {
    Map<String, String> cart = Map.of("k8s.pod.uid", "1");

    assertThat(tags(own(cart, 80, NOW), Tag.POD_SERVICE, Tag.AUTO_SERVICE, Tag.POD_INGRESS))
        .isEqualTo("cart cart front");
    assertThat(tags(own(cart, 8080, NOW), Tag.POD_SERVICE)).isEqualTo("cart");
    assertThat(tags(own(cart, 9090, NOW), Tag.POD_SERVICE)).isEqualTo("cart-admin");
    assertThat(tags(own(cart, 0, NOW), Tag.POD_SERVICE)).isEmpty();
    assertThat(tags(own(Map.of("k8s.pod.uid", "2"), 8080, NOW), Tag.POD_SERVICE))
        .as("a headless one gives way")
        .isEqualTo("orders");
  }

  @Test
  void tellsPeersApart() {
    assertThat(pod(server("10.1.0.6", 8080))).isEqualTo("orders-5d4-a pod address");
    assertThat(tags(server("10.96.0.2", 9090), Tag.POD, Tag.AUTO_INSTANCE, Tag.SOURCE))
        .isEqualTo("cart-admin service address");
    assertThat(tags(server("10.0.0.1", 30080), Tag.AUTO_INSTANCE, Tag.POD_SERVICE, Tag.SOURCE))
        .isEqualTo("node-1 cart node address, service by its NodePort");
    assertThat(pod(server("10.0.0.1", 53)))
        .isEqualTo("dns node address, hostNetwork pod by its port");
    assertThat(pod(server("10.0.0.2", 53))).isEqualTo("node address");
    assertThat(tags(server("192.168.7.7", 5432), Tag.POD_SERVICE, Tag.SOURCE))
        .isEqualTo("db endpoint address of a service");
    assertThat(tags(server("8.8.8.8", 443), Tag.AUTO_INSTANCE, Tag.SOURCE))
        .isEqualTo("address unknown at that time");
  }

  @Test
  void aClientAtANodesAddressCameThroughANodePort() {
    Side own = own(Map.of("k8s.pod.uid", "1"));
    Side client = labeler.snapshot().peer(own, new Peer(address("10.0.0.2"), "", 0, false), NOW);

    assertThat(tags(client, Tag.POD_NODE, Tag.SOURCE))
        .isEqualTo("node-2 node address: sent through a NodePort?");
  }

  @Test
  void readsTheNamesOfServices() {
    assertThat(tags(named("orders"), Tag.POD_SERVICE, Tag.SOURCE)).isEqualTo("orders service name");
    assertThat(tags(named("orders.shop.svc.cluster.local"), Tag.POD_SERVICE)).isEqualTo("orders");
    assertThat(pod(named("orders-5d4-a.orders-peers"))).isEqualTo("orders-5d4-a pod name");
    assertThat(tags(named("orders.elsewhere"), Tag.SOURCE)).isEqualTo("name unknown to Kubernetes");
  }

  @Test
  void loopbackIsTheSendersOwnPod() {
    assertThat(pod(server("127.0.0.1", 80))).isEqualTo("cart-5d4-a loopback: its own pod or host");
  }

  @Test
  void aReusedAddressBelongsToWhoHadItThen() {
    cluster.remove("1", START + 10 * SECOND + 5, true);
    cluster.put(Shop.pod("3", "next-5d4-a", "next", "10.1.0.5", START + 10 * SECOND));
    labeler.refresh();

    assertThat(pod(server("10.1.0.5", 80, START + 10 * SECOND + 4)))
        .isEqualTo("cart-5d4-a pod address");
    assertThat(pod(server("10.1.0.5", 80, START + 10 * SECOND + 5)))
        .isEqualTo("next-5d4-a pod address");
    assertThat(pod(server("10.1.0.5", 80, START - 1))).isEqualTo("address unknown at that time");
    assertThat(pod(own(Map.of("app.host.ip", "10.1.0.5"), 0, START + SECOND)))
        .isEqualTo("cart-5d4-a app.host.ip");
    assertThat(server("10.1.0.5", 80, START + SECOND).holdsAt(START + 11 * SECOND)).isFalse();
  }

  @Test
  void aPodWhoseEndWasMissedGivesWayToTheNext() {
    cluster.remove("1", START + 60 * SECOND, false);
    cluster.put(Shop.pod("3", "next-5d4-a", "next", "10.1.0.5", START + 10 * SECOND));
    labeler.refresh();

    assertThat(pod(server("10.1.0.5", 80, START + 11 * SECOND)))
        .isEqualTo("next-5d4-a pod address");
  }

  @Test
  void asksAgainOnlyWhereNewsMayCome() {
    Side inPodRange = server("10.1.0.77", 80);

    assertThat(inPodRange.open()).isNotNull();
    assertThat(inPodRange.about()).isEqualTo(address("10.1.0.77").toString());
    assertThat(inPodRange.holdsAt(NOW + 10 * SECOND)).isFalse();
    assertThat(server("10.1.0.77", 80, START + SECOND).open()).as("too old").isNull();
    assertThat(server("8.8.8.8", 80).open()).as("no pod's").isNull();
    assertThat(own(Map.of("k8s.pod.uid", "new")).open()).isNotNull();
  }

  @Test
  void whatOnlyAPartOfAClusterIsKnownOfIsAskedAgain() {
    ClusterInventory part = labeler.add();
    part.name("part");
    part.put(Shop.pod("part-1", "cart-5d4-b", "cart", "10.9.0.5", START));
    labeler.refresh();

    assertThat(pod(own(Map.of("k8s.pod.uid", "part-1")))).isEqualTo("cart-5d4-b k8s.pod.uid");
    assertThat(own(Map.of("k8s.pod.uid", "part-1")).open()).isNotNull();
    assertThat(own(Map.of("app.host.ip", "10.1.0.5")).open()).as("another's too?").isNotNull();
    assertThat(server("8.8.8.8", 443).open()).isNotNull();

    part.complete();
    labeler.refresh();
    assertThat(own(Map.of("k8s.pod.uid", "part-1")).open()).isNull();
    assertThat(own(Map.of("app.host.ip", "10.1.0.5")).open()).isNull();
    assertThat(server("8.8.8.8", 443).open()).isNull();
  }

  @Test
  void aClusterThatIsAwayAnswersNothingThatAnotherKnows() {
    labeler.add().name("away");
    labeler.refresh();
    Map<String, String> named = Map.of("k8s.cluster.name", "prod", "app.host.ip", "10.1.0.5");
    Sender atHome = new Sender(Map.of("app.host.ip", "10.1.0.5"), Address.NONE, "node-1");

    assertThat(own(Map.of("k8s.pod.uid", "1")).open()).isNull();
    assertThat(own(Map.of("container.id", "c0ffee1")).open()).isNull();
    assertThat(own(named).open()).as("the sender names its cluster").isNull();
    assertThat(labeler.snapshot().own(atHome, 0, NOW).open()).as("or lives in it").isNull();
    assertThat(server("10.1.0.6", 8080).open()).isNull();
    assertThat(named("orders").open()).isNull();
    assertThat(named("unknown").open()).isNull();
    assertThat(server("8.8.8.8", 443).waits()).isTrue();
    assertThat(own(Map.of("k8s.pod.uid", "new")).waits()).as("news of it may come").isFalse();
  }

  @Test
  void aNodeIsWhatIsLeft() {
    assertThat(tags(own(Map.of("app.host.ip", "10.0.0.2")), Tag.POD_NODE, Tag.AUTO_SERVICE))
        .isEqualTo("node-2 prod");
    assertThat(pod(own(Map.of("app.host.ip", "10.0.0.1", "service.name", "proxy"))))
        .isEqualTo("proxy app.host.ip, hostNetwork pod");
    assertThat(pod(own(Map.of("app.host.ip", "10.0.0.1"), 53, NOW)))
        .isEqualTo("dns app.host.ip, hostNetwork pod");
    assertThat(tags(own(Map.of("host.id", "machine-node-2")), Tag.POD_NODE, Tag.SOURCE))
        .isEqualTo("node-2 host.id");
  }

  /// Two clusters that are alike but for their uids and one node, where an agent runs.
  private void twoAlike(String secondName) {
    ClusterInventory other = labeler.add();
    Shop.fill(other);
    other.name(secondName);
    cluster.put(system("uid-of-first"));
    cluster.put(Shop.node("host-1", "10.0.0.8"));
    other.put(system("uid-of-second"));
    other.put(Shop.node("host-2", "10.0.0.8"));
    labeler.refresh();
  }

  private static KnownCluster system(String uid) {
    return new KnownCluster(Shop.object(uid, "", "kube-system", Map.of(), Shop.START));
  }

  private String clusterOf(Map<String, String> words, String agentHost) {
    Sender sender = new Sender(words, address("10.1.0.5"), agentHost);
    return tags(labeler.snapshot().own(sender, 0, NOW), Tag.POD, Tag.POD_CLUSTER);
  }

  @Test
  void anAddressThatTwoClustersHaveIsOfTheClusterThatTheAgentRunsIn() {
    twoAlike("test");

    assertThat(clusterOf(Map.of(), "host-1")).isEqualTo("cart-5d4-a prod");
    assertThat(clusterOf(Map.of(), "host-2")).isEqualTo("cart-5d4-a test");
    assertThat(clusterOf(Map.of(), "elsewhere")).isEmpty();
    assertThat(clusterOf(Map.of("host.name", "cart-5d4-a"), "host-2")).isEqualTo("cart-5d4-a test");
  }

  @Test
  void aClustersUidCountsMoreThanItsNameAndTheAgent() {
    twoAlike("prod");

    assertThat(clusterOf(Map.of("k8s.cluster.uid", "uid-of-second"), "host-1"))
        .isEqualTo("cart-5d4-a prod-2");
    assertThat(clusterOf(Map.of("k8s.cluster.uid", "uid-of-third"), "host-1")).isEmpty();
    assertThat(clusterOf(Map.of("k8s.cluster.name", "prod"), "host-2"))
        .isEqualTo("cart-5d4-a prod");
    assertThat(clusterOf(Map.of("k8s.cluster.name", "prod"), "elsewhere")).isEqualTo("prod");
  }

  @Test
  void thePeerOfSomebodyUnknownIsLookedForInTheAgentsCluster() {
    twoAlike("test");
    Sender unknown = new Sender(Map.of(), address("192.0.2.1"), "host-2");
    Side own = labeler.snapshot().own(unknown, 0, NOW);
    Side peer = labeler.snapshot().peer(own, new Peer(address("10.1.0.6"), "", 8080, true), NOW);

    assertThat(tags(peer, Tag.POD, Tag.POD_CLUSTER)).isEqualTo("orders-5d4-a test");
  }

  @Test
  void anAddressOfTwoClustersNeedsTheClustersName() {
    ClusterInventory other = labeler.add();
    Shop.fill(other);
    other.name("test");
    labeler.refresh();

    assertThat(pod(own(Map.of("app.host.ip", "10.1.0.5"))))
        .isEqualTo("several clusters have this address");
    assertThat(
            tags(
                own(Map.of("app.host.ip", "10.1.0.5", "k8s.cluster.name", "test")),
                Tag.POD,
                Tag.POD_CLUSTER))
        .isEqualTo("cart-5d4-a test");
  }

  @Test
  void ofAPeerThatSeveralClustersHaveNoneIsTakenAndTheReasonSaysSo() {
    twoAlike("test");
    ClusterInventory third = labeler.add();
    third.name("third");
    third.put(Shop.node("host-3", "10.0.0.8"));
    third.complete();
    labeler.refresh();

    for (String agentHost : List.of("elsewhere", "host-3")) {
      Side own =
          labeler.snapshot().own(new Sender(Map.of(), address("192.0.2.1"), agentHost), 0, NOW);
      Peer cart = new Peer(address("10.1.0.5"), "", 8080, true);
      Side peer = labeler.snapshot().peer(own, cart, NOW);

      assertThat(pod(peer)).as(agentHost).isEqualTo("several clusters have this address");
      assertThat(peer.found()).as(agentHost).isFalse();
      assertThat(peer.open()).as("both have it, whatever news come").isNull();
    }
    Side unknown = labeler.snapshot().own(new Sender(Map.of(), Address.NONE, "elsewhere"), 0, NOW);
    Peer orders = new Peer(Address.NONE, "orders.shop", 80, true);
    assertThat(tags(labeler.snapshot().peer(unknown, orders, NOW), Tag.SOURCE))
        .isEqualTo("several clusters have this name");
  }

  @Test
  void withoutKubernetesAHostIsAHost() {
    LabelSnapshot none = LabelSnapshot.empty();
    Side local = none.own(new Sender(Map.of(), address("127.0.0.1"), "web-1"), 0, NOW);
    Side said = none.own(new Sender(Map.of("host.name", "db-1"), Address.NONE, ""), 0, NOW);
    Side far = none.peer(local, new Peer(address("8.8.8.8"), "", 443, true), NOW);

    assertThat(tags(local, Tag.HOST, Tag.AUTO_INSTANCE, Tag.SOURCE)).isEqualTo("web-1 web-1 agent");
    assertThat(local.labels().autoInstanceType()).isEqualTo(DeviceType.HOST);
    assertThat(tags(said, Tag.HOST, Tag.SOURCE)).isEqualTo("db-1 host.name");
    assertThat(tags(far, Tag.SOURCE)).isEqualTo("no Kubernetes is watched");
    assertThat(Objects.requireNonNullElse(far.open(), "")).isEmpty();
  }

  @Test
  void aNameLeadsNowhereButInItsOwnCluster() {
    ClusterInventory other = labeler.add();
    other.name("test");
    other.put(Shop.service("stock", "stock", "10.96.7.7", 80, 80, 0));
    other.complete();
    labeler.refresh();

    assertThat(tags(named("stock"), Tag.SOURCE)).isEqualTo("name unknown to Kubernetes");
    assertThat(tags(server("10.96.7.7", 80), Tag.POD_SERVICE)).isEqualTo("stock");
  }
}
