package deepflow.server.labeler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Finds who sent a span: by what the sender says before what the agent saw, by ids before names
/// before addresses. What the sender says is never overwritten.
final class OwnSide {
  private static final String APP_HOST_IP = "app.host.ip";

  /// Those that no two clusters have.
  private static final List<String> IDS = List.of("k8s.pod.uid", "container.id");

  private static final List<String> LABEL_WORDS = List.of("k8s.pod.label.", "k8s.pod.labels.");
  private static final List<String> ANNOTATION_WORDS =
      List.of("k8s.pod.annotation.", "k8s.pod.annotations.");

  /// What one piece of evidence leads to: a pod, a node, or a node and of the pods in its network
  /// the one that it seems to be.
  private record Found(
      ClusterIndex cluster, @Nullable KnownPod pod, @Nullable KnownNode node, String source) {
    String place() {
      return node == null ? cluster.name : cluster.name + " " + node.object().name();
    }

    @Nullable Found withoutPod() {
      return node == null ? null : new Found(cluster, null, node, source);
    }
  }

  private final LabelSnapshot snapshot;
  private final Sender sender;
  private final int port;
  private final long time;

  /// The clusters that it can be.
  private final List<ClusterIndex> candidates;

  /// The one of them that the agent runs in, or null.
  private final @Nullable ClusterIndex home;

  /// What it says that its pod is called.
  private final String podName;

  private final Stretch stretch = new Stretch();
  private final Labels.Builder labels = new Labels.Builder();
  private boolean byPort;

  /// Whether a pod in its node's network may be missing.
  private boolean mayBeOnNode;

  private String reason = "";

  OwnSide(LabelSnapshot snapshot, Sender sender, int port, long time) {
    this.snapshot = snapshot;
    this.sender = sender;
    this.port = port;
    this.time = time;
    candidates = snapshot.clusters(sender.word("k8s.cluster.uid"), sender.word("k8s.cluster.name"));
    ClusterIndex agent = snapshot.home(sender.agentHost());
    home = agent != null && candidates.contains(agent) ? agent : null;
    podName = podName();
  }

  /// Collectors are told to take `host.name` for it where it isn't said, which in its node's
  /// network is the node's.
  private String podName() {
    String said = sender.word("k8s.pod.name");
    boolean isNode = candidates.stream().anyMatch(cluster -> cluster.nodeNamed(said) != null);
    return isNode && !isKnownPod(said) ? "" : said;
  }

  private boolean isKnownPod(String name) {
    return candidates.stream().anyMatch(cluster -> cluster.hasPod(name));
  }

  /// Whether what it calls its pod is rather the host's name: outside of Kubernetes there are hosts
  /// too. If it is a pod after all, news of it will come.
  private boolean isHost() {
    return podName.equals(sender.word("host.name"))
        && sender.word("k8s.namespace.name").isEmpty()
        && sender.word("k8s.pod.uid").isEmpty()
        && snapshot.watches()
        && !isKnownPod(podName);
  }

  Side resolve() {
    say();
    Found found = find();
    if (found != null && found.pod != null) {
      byPort |= PodLabels.pod(found.cluster, found.pod, port, labels);
      checkAddress(found.pod);
      String source = found.node == null ? found.source : found.source + ", hostNetwork pod";
      return side(source, null, "", found, found.cluster.name);
    }
    if (found != null && found.node != null) {
      PodLabels.node(found.cluster, found.node, labels);
    }
    return withoutPod(found);
  }

  private Side side(
      String source,
      @Nullable String question,
      String about,
      @Nullable Found found,
      @Nullable String cluster) {
    // What is found in a part of a cluster is asked again when all of it is known.
    boolean waits = question == null && able(found).stream().anyMatch(one -> !one.complete);
    String open = waits ? question() : question;
    return new Side(
        labels.build(source),
        stretch.from,
        stretch.until,
        byPort,
        open,
        waits,
        about,
        found != null,
        cluster);
  }

  private String question() {
    return "%s at %s, port %s".formatted(sender, stretch.narrow(time), port);
  }

  /// The clusters that the answer may come from.
  private List<ClusterIndex> able(@Nullable Found found) {
    return found != null && (found.cluster == home || IDS.contains(found.source))
        ? List.of(found.cluster)
        : candidates;
  }

  /// The sender's own words.
  private void say() {
    String pod = isHost() ? "" : podName;
    String host = sender.word("host.name");
    labels
        .put(Tag.APP_INSTANCE, sender.word("service.instance.id"))
        .put(Tag.POD, pod)
        .put(Tag.POD_NS, sender.word("k8s.namespace.name"))
        .put(Tag.POD_NODE, sender.word("k8s.node.name"))
        .put(Tag.POD_CLUSTER, sender.word("k8s.cluster.name"))
        .put(Tag.REGION, sender.word("cloud.region"))
        .put(Tag.AZ, sender.word("cloud.availability_zone"))
        .labels(words(LABEL_WORDS))
        .annotations(words(ANNOTATION_WORDS));
    for (WorkloadKind kind : WorkloadKind.values()) {
      String name = kind.word().isEmpty() ? "" : sender.word(kind.word());
      if (!name.isEmpty()) {
        labels.podGroup(kind, name);
        break;
      }
    }
    // Inside a pod the host's name is the pod's.
    if (!host.equals(pod)) {
      labels.put(Tag.HOST, host).put(Tag.HOST_HOSTNAME, host);
    }
    labels.said();
  }

  private Map<String, String> words(List<String> prefixes) {
    Map<String, String> found = new HashMap<>();
    sender
        .words()
        .forEach((key, value) ->
            prefixes.stream()
                .filter(key::startsWith)
                .forEach(prefix -> found.putIfAbsent(key.substring(prefix.length()), value)));
    return found;
  }

  /// A node is what is left when nothing points to a pod.
  private @Nullable Found find() {
    Found node = null;
    for (Supplier<@Nullable Found> evidence : evidence()) {
      Found found = evidence.get();
      if (found != null && found.pod != null && !contradicts(found.pod)) {
        return found;
      }
      if (found != null && node == null) {
        node = found.withoutPod();
      }
    }
    return node;
  }

  private List<Supplier<@Nullable Found>> evidence() {
    return List.of(
        this::byUid,
        this::byContainer,
        this::byPodName,
        () -> byAddress(Address.parse(sender.word(APP_HOST_IP)), APP_HOST_IP),
        () -> byAddress(Address.parse(sender.word("k8s.pod.ip")), "k8s.pod.ip"),
        this::byHostName,
        this::byHostId,
        this::bySight);
  }

  /// Whether the sender says that it is another pod.
  private boolean contradicts(KnownPod pod) {
    String uid = sender.word("k8s.pod.uid");
    if (!uid.isEmpty()) {
      return !uid.equals(pod.object().uid());
    }
    return differs(podName, pod.object().name())
        || differs(sender.word("k8s.namespace.name"), pod.object().namespace());
  }

  private static boolean differs(String said, String value) {
    return !said.isEmpty() && !said.equals(value);
  }

  private @Nullable Found byUid() {
    String uid = sender.word("k8s.pod.uid");
    for (ClusterIndex cluster : snapshot.clusters()) {
      KnownPod pod = uid.isEmpty() ? null : cluster.podOfUid(uid);
      if (pod != null) {
        return new Found(cluster, pod, null, "k8s.pod.uid");
      }
    }
    return null;
  }

  private @Nullable Found byContainer() {
    String id = sender.word("container.id");
    for (ClusterIndex cluster : snapshot.clusters()) {
      KnownPod pod = id.isEmpty() ? null : cluster.podOfContainer(id);
      if (pod != null) {
        return new Found(cluster, pod, null, "container.id");
      }
    }
    return null;
  }

  private @Nullable Found byPodName() {
    return byPodName(podName, "k8s.pod.name");
  }

  private @Nullable Found byPodName(String pod, String source) {
    if (pod.isEmpty()) {
      return null;
    }
    return only(cluster -> byPodName(cluster, pod, source), "several clusters have this pod");
  }

  private @Nullable Found byPodName(ClusterIndex cluster, String pod, String source) {
    String said = sender.word("k8s.namespace.name");
    String namespace = said.isEmpty() ? cluster.namespaceOfPod(pod) : said;
    KnownPod found =
        namespace == null ? null : stretch.of(cluster.podNamed(namespace, pod, time)).value();
    return found == null ? null : new Found(cluster, found, null, source);
  }

  /// What the agent's own cluster finds, else the only other one that finds something: addresses
  /// and names repeat from cluster to cluster.
  ///
  /// @param several why there is no answer when more than one has it
  private @Nullable Found only(Function<ClusterIndex, @Nullable Found> evidence, String several) {
    Found only = home == null ? null : evidence.apply(home);
    if (only != null) {
      return only;
    }
    for (ClusterIndex cluster : candidates) {
      Found found = cluster == home ? null : evidence.apply(cluster);
      if (found != null && only != null) {
        reason = several;
        return null;
      }
      only = found == null ? only : found;
    }
    return only;
  }

  private @Nullable Found byAddress(@Nullable Address address, String source) {
    return address == null
        ? null
        : only(
            cluster -> byAddress(cluster, address, source), "several clusters have this address");
  }

  private @Nullable Found byAddress(ClusterIndex cluster, Address address, String source) {
    KnownPod pod = stretch.of(cluster.podAt(address, time)).value();
    if (pod != null) {
      return new Found(cluster, pod, null, source);
    }
    return onNode(cluster, cluster.nodeAt(address), source);
  }

  /// Pods with hostNetwork have one address in common: the port tells them apart, else the name.
  private @Nullable Found onNode(ClusterIndex cluster, @Nullable KnownNode node, String source) {
    if (node == null) {
      return null;
    }
    byPort = true;
    List<KnownPod> pods =
        cluster.podsOn(node, time, stretch).stream().filter(KnownPod::hostNetwork).toList();
    List<KnownPod> named = pods.stream().filter(pod -> isNamed(cluster, pod)).toList();
    List<KnownPod> listening = pods.stream().filter(pod -> pod.hasAtNode(port)).toList();
    List<KnownPod> best = port > 0 && !listening.isEmpty() ? listening : named;
    mayBeOnNode |= best.isEmpty();
    return best.size() == 1
        ? new Found(cluster, best.getFirst(), node, source)
        : new Found(cluster, null, node, source);
  }

  private boolean isNamed(ClusterIndex cluster, KnownPod pod) {
    String service = sender.word("service.name");
    Labels.Builder about = new Labels.Builder();
    PodLabels.pod(cluster, pod, 0, about);
    return !service.isEmpty()
        && (service.equals(about.get(Tag.POD_GROUP)) || service.equals(about.get(Tag.POD_SERVICE)));
  }

  private @Nullable Found byHostName() {
    String host = sender.word("host.name");
    Found pod = byPodName(host, "host.name");
    if (pod != null || host.isEmpty()) {
      return pod;
    }
    return only(
        cluster -> onNode(cluster, cluster.nodeNamed(host), "host.name"),
        "several clusters have this node");
  }

  private @Nullable Found byHostId() {
    String id = sender.word("host.id");
    return id.isEmpty()
        ? null
        : only(
            cluster -> onNode(cluster, cluster.nodeOfHostId(id), "host.id"),
            "several clusters have this node");
  }

  /// The agent's guess. What a collector forwards is not its own.
  private @Nullable Found bySight() {
    Found found = byAddress(sender.seen().isNone() ? null : sender.seen(), "agent");
    if (found != null && found.pod != null && found.pod.forwards()) {
      reason = "the agent saw only a collector's address";
      return null;
    }
    return found;
  }

  private void checkAddress(KnownPod pod) {
    Address said = Address.parse(sender.word(APP_HOST_IP));
    if (said != null && !pod.addresses().isEmpty() && !pod.addresses().contains(said)) {
      labels.conflict(APP_HOST_IP, "another pod's or a node's address");
    }
  }

  private Side withoutPod(@Nullable Found node) {
    String cluster = node == null ? likely() : node.cluster.name;
    String word = identity();
    if (!word.isEmpty()) {
      String source = snapshot.watches() ? word + " is not known to Kubernetes" : "resource";
      String open = "%s %s in %s, port %s".formatted(word, sender.words(), cluster, port);
      return side(source, snapshot.isRecent(time) ? open : null, "", node, cluster);
    }
    if (node != null) {
      boolean asks = mayBeOnNode && snapshot.isRecent(time);
      String about =
          "%s on a node of %s, port %s".formatted(sender.word("service.name"), node.place(), port);
      return side(node.source, asks ? question() : null, asks ? about : "", node, cluster);
    }
    if (sender.seen().isLoopback() && reason.isEmpty()) {
      labels.put(Tag.HOST, sender.agentHost()).put(Tag.HOST_HOSTNAME, sender.agentHost());
    }
    if (labels.has(Tag.HOST)) {
      labels.said(Tag.HOST_IP, sender.word(APP_HOST_IP));
    }
    Address address = said();
    if (reason.isEmpty() && snapshot.mayBePod(address) && snapshot.isRecent(time)) {
      String open =
          "%s in %s at %s, port %s".formatted(address, cluster, stretch.narrow(time), port);
      return side("address unknown at that time", open, address.toString(), null, cluster);
    }
    return side(why(address), null, "", null, cluster);
  }

  private Address said() {
    Address said = Address.parse(sender.word(APP_HOST_IP));
    return said == null ? sender.seen() : said;
  }

  /// Where the other side is looked for first although this one isn't known.
  private @Nullable String likely() {
    if (home != null) {
      return home.name;
    }
    return candidates.size() == 1 ? candidates.getFirst().name : null;
  }

  /// The most certain word that says which pod it is.
  private String identity() {
    for (String word : IDS) {
      if (!sender.word(word).isEmpty()) {
        return word;
      }
    }
    return podName.isEmpty() ? "" : "k8s.pod.name";
  }

  private String why(Address address) {
    if (!reason.isEmpty()) {
      return reason;
    }
    if (sender.seen().isLoopback()) {
      return "agent";
    }
    if (labels.has(Tag.HOST)) {
      return "host.name";
    }
    if (address.isNone()) {
      return "no address";
    }
    if (!snapshot.watches()) {
      return "no Kubernetes is watched";
    }
    return candidates.isEmpty() ? "its cluster is not watched" : "address unknown at that time";
  }
}
