package deepflow.server.labeler;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// A cluster of plain records: `cart` behind two services, a StatefulSet, a collector, two nodes
/// with a pod each in their network.
public final class Shop {
  public static final long SECOND = 1_000_000_000L;

  /// When everything began, ns since 1970-01-01 UTC.
  public static final long START = 1_800_000_000L * SECOND;

  private Shop() {}

  public static KnownObject object(String namespace, String name, Map<String, String> labels) {
    return object("uid-" + name, namespace, name, labels, START);
  }

  public static KnownObject object(
      String uid, String namespace, String name, Map<String, String> labels, long since) {
    return new KnownObject(uid, namespace, name, labels, Map.of(), since);
  }

  public static Address address(String text) {
    return Objects.requireNonNull(Address.parse(text), text);
  }

  /// A pod of a Deployment that is called as its label `app`.
  public static KnownPod pod(String uid, String name, String app, String address, long since) {
    return new KnownPod(
        object(uid, "shop", name, Map.of("app", app, "pod-template-hash", "5d4"), since),
        new KnownPod.Owner(WorkloadKind.REPLICA_SET, app + "-5d4", "uid-" + app + "-5d4"),
        "node-1",
        false,
        List.of(address(address)),
        List.of(new KnownPod.Port("http", 8080, 0), new KnownPod.Port("admin", 9090, 0)),
        List.of("c0ffee" + uid),
        Map.of(),
        false,
        Long.MAX_VALUE);
  }

  /// The same pod with other labels, annotations and environment variables.
  public static KnownPod changed(
      KnownPod pod,
      Map<String, String> labels,
      Map<String, String> annotations,
      Map<String, String> env) {
    KnownObject was = pod.object();
    return new KnownPod(
        new KnownObject(was.uid(), was.namespace(), was.name(), labels, annotations, was.since()),
        pod.owner(),
        pod.node(),
        pod.hostNetwork(),
        pod.addresses(),
        pod.ports(),
        pod.containers(),
        env,
        pod.forwards(),
        pod.finished());
  }

  public static KnownPod hostPod(String name, String node, String address, int port) {
    return new KnownPod(
        object("kube-system", name, Map.of("app", name)),
        new KnownPod.Owner(WorkloadKind.DAEMON_SET, name, "uid-ds-" + name),
        node,
        true,
        List.of(address(address)),
        List.of(new KnownPod.Port("", port, 0)),
        List.of(),
        Map.of(),
        false,
        Long.MAX_VALUE);
  }

  public static KnownPod collector(String address) {
    return new KnownPod(
        object("open-telemetry", "otel-agent-x", Map.of("app", "otel-agent")),
        new KnownPod.Owner(WorkloadKind.DAEMON_SET, "otel-agent", "uid-ds-otel"),
        "node-1",
        false,
        List.of(address(address)),
        List.of(),
        List.of(),
        Map.of(),
        true,
        Long.MAX_VALUE);
  }

  public static KnownService service(
      String name, String app, String address, int port, int target, int nodePort) {
    return new KnownService(
        object("shop", name, Map.of("tier", name)),
        address.isEmpty() ? List.of() : List.of(address(address)),
        app.isEmpty() ? Map.of() : Map.of("app", app),
        List.of(new KnownService.Port(port, target, "", nodePort)));
  }

  public static KnownNode node(String name, String address) {
    return new KnownNode(
        object(
            "",
            name,
            Map.of("topology.kubernetes.io/region", "north", "topology.kubernetes.io/zone", "n-1")),
        List.of(address(address)),
        List.of("machine-" + name),
        address,
        name + ".local");
  }

  /// A snapshot of all of it, 100 s after everything began.
  public static LabelSnapshot snapshot() {
    return snapshot(100);
  }

  /// A snapshot of all of it and of what has changed, so many seconds after everything began.
  public static LabelSnapshot snapshot(long seconds, Known... changed) {
    return snapshot("prod", seconds, changed);
  }

  /// The same of a cluster that is called otherwise.
  public static LabelSnapshot snapshot(String name, long seconds, Known... changed) {
    try (Labeler labeler = new Labeler(() -> Instant.ofEpochSecond(START / SECOND + seconds))) {
      ClusterInventory cluster = labeler.add();
      fill(cluster);
      cluster.name(name);
      List.of(changed).forEach(cluster::put);
      labeler.refresh();
      return labeler.snapshot();
    }
  }

  /// All of it, complete.
  public static void fill(ClusterInventory cluster) {
    cluster.name("prod");
    cluster.put(node("node-1", "10.0.0.1"));
    cluster.put(node("node-2", "10.0.0.2"));
    cluster.put(pod("1", "cart-5d4-a", "cart", "10.1.0.5", START));
    cluster.put(pod("2", "orders-5d4-a", "orders", "10.1.0.6", START));
    cluster.put(collector("10.1.0.9"));
    cluster.put(hostPod("proxy", "node-1", "10.0.0.1", 7070));
    cluster.put(hostPod("dns", "node-1", "10.0.0.1", 53));
    cluster.put(service("cart", "cart", "10.96.0.1", 80, 8080, 30080));
    cluster.put(service("cart-admin", "cart", "10.96.0.2", 9090, 9090, 0));
    cluster.put(service("orders", "orders", "10.96.0.3", 80, 8080, 0));
    cluster.put(service("orders-peers", "orders", "", 80, 8080, 0));
    cluster.put(service("db", "", "10.96.0.4", 5432, 5432, 0));
    cluster.put(
        new KnownEndpoints(
            object("shop", "db-ab1", Map.of()), "db", List.of(address("192.168.7.7"))));
    cluster.put(
        new KnownWorkload(
            object("shop", "cart-5d4", Map.of()),
            WorkloadKind.REPLICA_SET,
            new KnownPod.Owner(WorkloadKind.DEPLOYMENT, "cart", "uid-deployment-cart")));
    cluster.put(
        new KnownWorkload(
            object("uid-deployment-cart", "shop", "cart", Map.of("team", "blue"), START),
            WorkloadKind.DEPLOYMENT,
            null));
    cluster.put(new KnownIngress(object("shop", "front", Map.of()), Set.of("cart")));
    cluster.complete();
  }
}
