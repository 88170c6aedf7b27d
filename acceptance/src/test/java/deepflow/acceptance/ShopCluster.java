package deepflow.acceptance;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/// What lives in the cluster of [KubernetesLabelsIT]: two Deployments of ten, a StatefulSet of
/// three, DaemonSets with and without the node's network, pods that nobody made, all of them with
/// addresses of this host's loopback.
final class ShopCluster {
  /// The collector's own pod: senders of this host have no other address.
  static final String COLLECTOR_ADDRESS = "127.0.0.1";

  static final String NODE_1_ADDRESS = "127.0.9.1";
  static final String CART_ADDRESS = "10.96.0.41";
  static final int CART_NODE_PORT = 30080;

  /// A pod and what a span of it must say.
  ///
  /// @param group empty: nobody made it
  /// @param service empty: none, or several that only a port tells apart
  record Pod(
      String namespace, String name, String node, String address, String group, String service) {}

  private final KubernetesApi kubernetes;
  private final List<Pod> pods = new ArrayList<>();

  private ShopCluster(KubernetesApi kubernetes) {
    this.kubernetes = kubernetes;
  }

  /// Makes all of it.
  static ShopCluster make(KubernetesApi kubernetes) throws Exception {
    ShopCluster cluster = new ShopCluster(kubernetes);
    kubernetes.apply(FRAME).ok();
    cluster.node("node-1", NODE_1_ADDRESS);
    cluster.node("node-2", "127.0.9.2");
    for (String app : List.of("cart", "orders")) {
      cluster.ownedBy("replicaset", app + "-5d4f7", "deployment", app);
      for (int i = 0; i < 10; i++) {
        String address = "127.0.%s.%s".formatted(app.equals("cart") ? "1" : "2", digits(10 + i));
        cluster.pod(
            "replicaset",
            app + "-5d4f7",
            app,
            "-" + (char) ('a' + i),
            address,
            "node-" + digits(1 + i % 2),
            app.equals("cart") ? "" : app);
      }
    }
    for (int i = 0; i < 3; i++) {
      cluster.pod(
          "statefulset", "db", "db", "-" + digits(i), "127.0.3." + digits(10 + i), "node-1", "db");
    }
    cluster.pod("daemonset", "log", "log", "-x1", "127.0.4.10", "node-1", "");
    cluster.pod("daemonset", "log", "log", "-x2", "127.0.4.11", "node-2", "");
    cluster.pod("daemonset", "otel-agent", "otel-agent", "-x1", COLLECTOR_ADDRESS, "node-1", "");
    cluster.pod("daemonset", "proxy", "proxy", "-x1", NODE_1_ADDRESS, "node-1", "");
    for (int i = 0; i < 6; i++) {
      cluster.pod("", "", "bare", "-" + digits(i), "127.0.5." + digits(10 + i), "node-2", "");
    }
    return cluster;
  }

  private static String digits(int number) {
    return Integer.toString(number);
  }

  /// Those that have an address of their own and are no collector.
  List<Pod> senders() {
    return pods.stream()
        .filter(pod -> !pod.address().equals(COLLECTOR_ADDRESS))
        .filter(pod -> !pod.address().equals(NODE_1_ADDRESS))
        .toList();
  }

  int size() {
    return pods.size();
  }

  Pod pod(String name) {
    return pods.stream().filter(pod -> pod.name().equals(name)).findFirst().orElseThrow();
  }

  String uid(String kind, String name) throws Exception {
    return kubernetes.uid("shop", kind + "/" + name);
  }

  private void node(String name, String address) throws Exception {
    kubernetes
        .kubectl(
            "patch",
            "node",
            name,
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"%s\"}]}}"
                .formatted(address))
        .ok();
  }

  private void ownedBy(String kind, String name, String ownerKind, String owner) throws Exception {
    kubernetes.merge(
        "shop",
        kind + "/" + name,
        "{\"metadata\":{\"ownerReferences\":[%s]}}".formatted(reference(ownerKind, owner)));
  }

  private String reference(String kind, String name) throws Exception {
    String written =
        switch (kind) {
          case "deployment" -> "Deployment";
          case "replicaset" -> "ReplicaSet";
          case "statefulset" -> "StatefulSet";
          default -> "DaemonSet";
        };
    return "{\"apiVersion\":\"apps/v1\",\"kind\":\"%s\",\"name\":\"%s\",\"uid\":\"%s\",\"controller\":true}"
        .formatted(written, name, uid(kind, name));
  }

  /// A pod that its node has just taken.
  Pod pod(
      String ownerKind,
      String owner,
      String app,
      String suffix,
      String address,
      String node,
      String service)
      throws Exception {
    String name = (owner.isEmpty() ? app : owner) + suffix;
    String image = app.equals("otel-agent") ? "otel/opentelemetry-collector-contrib:0.159.0" : app;
    String owners = owner.isEmpty() ? "" : reference(ownerKind, owner);
    kubernetes.createPod(
        "shop",
        """
        {"metadata": {"name": "%s", "labels": {"app": "%s"}, "ownerReferences": [%s]},
         "spec": {"nodeName": "%s", "hostNetwork": %s,
           "containers": [{"name": "main", "image": "%s", "ports": [{"containerPort": %s}]}]}}
        """
            .formatted(
                name,
                app,
                owners,
                node,
                app.equals("proxy"),
                image,
                app.equals("proxy") ? "7070" : "8080"));
    kubernetes.status("shop", "pod/" + name, status(address, Instant.now()));
    Pod pod = new Pod("shop", name, node, address, owner.isEmpty() ? "" : app, service);
    pods.add(pod);
    return pod;
  }

  static String status(String address, Instant start) {
    return "{\"phase\":\"Running\",\"startTime\":\"%s\",\"podIP\":\"%s\",\"podIPs\":[{\"ip\":\"%s\"}]}"
        .formatted(start.truncatedTo(ChronoUnit.SECONDS), address, address);
  }

  /// The pod is gone at once, as when its node has ended it.
  void delete(String pod) throws Exception {
    kubernetes.kubectl("delete", "pod", "-n", "shop", pod, "--force", "--grace-period=0").ok();
    pods.removeIf(known -> known.name().equals(pod));
  }

  private static String workload(String kind, String name, String app, String more) {
    return """
    ---
    apiVersion: apps/v1
    kind: %s
    metadata: {name: %s, namespace: shop, labels: {app: %s, team: blue}}
    spec:
      selector: {matchLabels: {app: %s}}
      %s
      template:
        metadata: {labels: {app: %s}}
        spec: {containers: [{name: main, image: %s}]}
    """
        .formatted(kind, name, app, app, more, app, app);
  }

  private static final String FRAME =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: v1
      kind: Namespace
      metadata: {name: kube-system}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: node-1, labels: {topology.kubernetes.io/region: north, topology.kubernetes.io/zone: n-1}}
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: node-2, labels: {topology.kubernetes.io/region: north, topology.kubernetes.io/zone: n-2}}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: cart, namespace: shop}
      spec:
        type: NodePort
        clusterIP: 10.96.0.41
        selector: {app: cart}
        ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: cart-admin, namespace: shop}
      spec: {selector: {app: cart}, ports: [{port: 9090}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: orders, namespace: shop}
      spec: {selector: {app: orders}, ports: [{port: 80, targetPort: 8080}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: db, namespace: shop}
      spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
      """
          + workload("Deployment", "cart", "cart", "replicas: 10")
          + workload("Deployment", "orders", "orders", "replicas: 10")
          + workload("ReplicaSet", "cart-5d4f7", "cart", "replicas: 10")
          + workload("ReplicaSet", "orders-5d4f7", "orders", "replicas: 10")
          + workload("StatefulSet", "db", "db", "serviceName: db")
          + workload("DaemonSet", "log", "log", "minReadySeconds: 0")
          + workload("DaemonSet", "otel-agent", "otel-agent", "minReadySeconds: 0")
          + workload("DaemonSet", "proxy", "proxy", "minReadySeconds: 0");
}
