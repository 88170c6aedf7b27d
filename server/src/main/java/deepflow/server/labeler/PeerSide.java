package deepflow.server.labeler;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds who was at the other side of a span: by its address, else by its name in the cluster's
/// DNS.
final class PeerSide {
  private static final String CLUSTER_DOMAIN = ".svc.cluster.local";

  /// Made once: most addresses on the internet are nobody's.
  private static final Labels NO_ADDRESS = reason("no address");

  private static final Labels UNKNOWN_NAME = reason("name unknown to Kubernetes");
  private static final Labels NOT_WATCHED = reason("no Kubernetes is watched");
  private static final Labels SEVERAL_NAMES = reason("several clusters have this name");
  private static final Labels SEVERAL_ADDRESSES = reason("several clusters have this address");
  private static final Labels UNKNOWN_ADDRESS = reason("address unknown at that time");

  /// What the address or name leads to.
  ///
  /// @param mayChange whether news may lead to something nearer
  private record Found(ClusterIndex cluster, String source, boolean mayChange) {
    Found(ClusterIndex cluster, String source) {
      this(cluster, source, false);
    }
  }

  private final LabelSnapshot snapshot;
  private final Side own;
  private final Peer peer;
  private final long time;
  private final Stretch stretch = new Stretch();
  private Labels.Builder labels = new Labels.Builder();

  /// Whether more than one cluster has it, so that none is taken.
  private boolean isOfSeveral;

  PeerSide(LabelSnapshot snapshot, Side own, Peer peer, long time) {
    this.snapshot = snapshot;
    this.own = own;
    this.peer = peer;
    this.time = time;
  }

  Side resolve() {
    if (peer.address().isLoopback()) {
      return itself();
    }
    Found found = find();
    if (found != null) {
      String open = found.mayChange && snapshot.isRecent(time) ? question() : null;
      return side(labels.build(found.source), open, found);
    }
    if (isOfSeveral) {
      return side(peer.address().isNone() ? SEVERAL_NAMES : SEVERAL_ADDRESSES, null, null);
    }
    if (peer.address().isNone()) {
      return side(peer.name().isEmpty() ? NO_ADDRESS : UNKNOWN_NAME, null, null);
    }
    if (!snapshot.watches()) {
      return side(NOT_WATCHED, null, null);
    }
    if (snapshot.mayBePod(peer.address()) && snapshot.isRecent(time)) {
      return side(UNKNOWN_ADDRESS, question(), null);
    }
    return side(UNKNOWN_ADDRESS, null, null);
  }

  private String question() {
    return "%s of %s at %s".formatted(peer, own.cluster(), stretch.narrow(time));
  }

  private Side side(Labels answer, @Nullable String question, @Nullable Found found) {
    boolean waits =
        question == null
            && !answer.equals(NO_ADDRESS)
            && able(found).stream().anyMatch(cluster -> !cluster.complete);
    String open = waits ? question() : question;
    return new Side(
        answer,
        stretch.from,
        stretch.until,
        true,
        open,
        waits,
        about(question != null, waits, found),
        found != null,
        found == null ? null : found.cluster.name);
  }

  private String about(boolean asks, boolean waits, @Nullable Found found) {
    if (asks) {
      return found == null
          ? peer.address().toString()
          : "%s in %s, port %s".formatted(peer.address(), found.cluster.name, peer.port());
    }
    return waits && found == null ? "elsewhere " + peer.address() : "";
  }

  /// The clusters that the answer may come from.
  private List<ClusterIndex> able(@Nullable Found found) {
    ClusterIndex home = snapshot.cluster(own.cluster());
    boolean atHome = found == null ? peer.address().isNone() : found.cluster == home;
    return home != null && atHome ? List.of(home) : snapshot.clusters();
  }

  private static Labels reason(String reason) {
    return new Labels.Builder().build(reason);
  }

  /// 127.0.0.1 is the sender's own pod or host: as long as that may become known, so may this.
  private Side itself() {
    for (Tag tag : Tag.values()) {
      switch (tag) {
        case APP_INSTANCE, POD_SERVICE, AUTO_INSTANCE, AUTO_SERVICE, SOURCE -> {}
        case POD,
            POD_NS,
            POD_NODE,
            POD_NODE_IP,
            POD_NODE_HOSTNAME,
            POD_CLUSTER,
            POD_INGRESS,
            HOST,
            HOST_IP,
            HOST_HOSTNAME,
            REGION,
            AZ ->
            labels.put(tag, own.labels().tag(tag));
        case POD_GROUP -> labels.podGroup(own.labels().podGroupKind(), own.labels().tag(tag));
      }
    }
    labels.same(own.labels());
    String open = own.open();
    return new Side(
        labels.build("loopback: its own pod or host"),
        own.from(),
        own.until(),
        true,
        open == null ? null : ofItself(open),
        own.waits(),
        own.about().isEmpty() ? "" : ofItself(own.about()),
        own.found(),
        own.cluster());
  }

  private static String ofItself(String question) {
    return "the loopback of " + question;
  }

  /// Addresses repeat from cluster to cluster: the span's own one goes first, another one counts
  /// only when no third has the same. A name leads nowhere but in its own cluster's DNS.
  private @Nullable Found find() {
    ClusterIndex home = snapshot.cluster(own.cluster());
    if (home != null) {
      Found found = in(home);
      if (found != null || peer.address().isNone()) {
        return found;
      }
    }
    Found only = null;
    Labels.Builder labelsOfOnly = labels;
    for (ClusterIndex cluster : snapshot.clusters()) {
      if (cluster == home) {
        continue;
      }
      labels = new Labels.Builder();
      Found found = in(cluster);
      if (found != null && only != null) {
        labels = new Labels.Builder();
        isOfSeveral = true;
        return null;
      }
      if (found != null) {
        only = found;
        labelsOfOnly = labels;
      }
    }
    labels = labelsOfOnly;
    return only;
  }

  private @Nullable Found in(ClusterIndex cluster) {
    if (peer.address().isNone()) {
      return peer.name().isEmpty() ? null : byName(cluster);
    }
    KnownPod pod = stretch.of(cluster.podAt(peer.address(), time)).value();
    if (pod != null) {
      boolean _ = PodLabels.pod(cluster, pod, peer.port(), labels);
      return new Found(cluster, "pod address");
    }
    KnownNode node = cluster.nodeAt(peer.address());
    KnownService service = service(cluster.servicesAt(peer.address()), node != null);
    if (service != null) {
      PodLabels.service(cluster, service, labels);
      return new Found(cluster, "service address");
    }
    if (node != null) {
      return onNode(cluster, node);
    }
    KnownEndpoints endpoints = cluster.endpointsAt(peer.address());
    KnownService before =
        endpoints == null
            ? null
            : cluster.serviceNamed(endpoints.object().namespace(), endpoints.service());
    if (before == null) {
      return null;
    }
    PodLabels.service(cluster, before, labels);
    return new Found(cluster, "endpoint address of a service");
  }

  /// The one that has the port: an address may be many services', and where a load balancer or
  /// `externalIPs` uses the nodes' own, all that runs on a node has it too.
  private @Nullable KnownService service(List<KnownService> services, boolean isNodes) {
    List<KnownService> serving =
        peer.serves()
            ? services.stream().filter(service -> service.has(peer.port())).toList()
            : List.of();
    if (serving.size() == 1) {
      return serving.getFirst();
    }
    return services.size() == 1 && !isNodes ? services.getFirst() : null;
  }

  private Found onNode(ClusterIndex cluster, KnownNode node) {
    if (!peer.serves() || peer.port() == 0) {
      PodLabels.node(cluster, node, labels);
      return new Found(
          cluster, peer.serves() ? "node address" : "node address: sent through a NodePort?");
    }
    List<KnownPod> pods =
        cluster.podsOn(node, time, stretch).stream()
            .filter(pod -> pod.hasAtNode(peer.port()))
            .toList();
    if (pods.size() == 1) {
      boolean _ = PodLabels.pod(cluster, pods.getFirst(), peer.port(), labels);
      return new Found(cluster, "node address, hostNetwork pod by its port");
    }
    KnownService service = cluster.serviceAtNodePort(peer.port());
    if (service != null) {
      PodLabels.service(cluster, service, labels);
    }
    PodLabels.node(cluster, node, labels);
    return service == null
        // A pod in its network that has just started, perhaps.
        ? new Found(cluster, "node address", pods.isEmpty())
        : new Found(cluster, "node address, service by its NodePort");
  }

  /// `service`, `service.namespace`, and with the cluster's domain after it; before it a
  /// StatefulSet's pod may stand.
  private @Nullable Found byName(ClusterIndex cluster) {
    String name = peer.name();
    for (String end : List.of(CLUSTER_DOMAIN + ".", CLUSTER_DOMAIN, ".svc")) {
      if (name.endsWith(end)) {
        name = name.substring(0, name.length() - end.length());
        break;
      }
    }
    List<String> parts = List.of(name.split("\\.", -1));
    String home = own.labels().tag(Tag.POD_NS);
    return switch (parts.size()) {
      case 1 -> service(cluster, home, parts.getFirst());
      case 2 -> {
        Found found = service(cluster, parts.get(1), parts.getFirst());
        yield found == null ? pod(cluster, home, parts.get(1), parts.getFirst()) : found;
      }
      case 3 -> pod(cluster, parts.get(2), parts.get(1), parts.getFirst());
      default -> null;
    };
  }

  private @Nullable Found service(ClusterIndex cluster, String namespace, String name) {
    KnownService service = cluster.serviceNamed(namespace, name);
    if (service == null) {
      return null;
    }
    PodLabels.service(cluster, service, labels);
    return new Found(cluster, "service name");
  }

  private @Nullable Found pod(ClusterIndex cluster, String namespace, String service, String name) {
    KnownService before = cluster.serviceNamed(namespace, service);
    KnownPod pod = stretch.of(cluster.podNamed(namespace, name, time)).value();
    if (before == null || pod == null || !before.selects(pod)) {
      return null;
    }
    PodLabels.service(cluster, before, labels);
    boolean _ = PodLabels.pod(cluster, pod, peer.port(), labels);
    return new Found(cluster, "pod name");
  }
}
