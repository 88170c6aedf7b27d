package deepflow.server.labeler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One cluster at one moment, to be asked in all the ways that spans point at it. Immutable.
final class ClusterIndex {
  final String name;

  /// What it is called by itself; others may be called so too.
  final String givenName;

  /// Whether all that it has is in here.
  final boolean complete;

  /// Its `k8s.cluster.uid`; empty when that isn't known.
  private String uid = "";

  private final Map<String, KnownPod> podsByUid = new HashMap<>();
  private final Map<String, KnownPod> podsByContainer = new HashMap<>();

  /// By namespace and name; a StatefulSet gives a name again.
  private final Timeline<String, KnownPod> podsByName = new Timeline<>();

  private final Map<String, Set<String>> namespacesByPodName = new HashMap<>();
  private final Timeline<Address, KnownPod> podsByAddress = new Timeline<>();

  /// Pods that are reached at their node's address, by node.
  private final Map<String, List<Timeline.Held<KnownPod>>> podsOnNode = new HashMap<>();

  private final Map<Address, KnownNode> nodesByAddress = new HashMap<>();
  private final Map<String, KnownNode> nodesByName = new HashMap<>();

  /// Machines that are copies of one another have the same ids: nobody's.
  private final Map<String, Optional<KnownNode>> nodesByHostId = new HashMap<>();

  /// Load balancers share addresses, with each other and with nodes.
  private final Map<Address, List<KnownService>> servicesByAddress = new HashMap<>();

  private final Map<String, List<KnownService>> servicesByNamespace = new HashMap<>();

  /// By one of the labels that they select: a pod has few labels, a namespace may have many
  /// services.
  private final Map<Selected, List<KnownService>> servicesBySelector = new HashMap<>();

  private final Map<Integer, KnownService> servicesByNodePort = new HashMap<>();
  private final Map<Address, KnownEndpoints> endpoints = new HashMap<>();
  private final Map<String, KnownWorkload> workloads = new HashMap<>();
  private final Map<String, String> ingresses = new HashMap<>();
  private final Set<Address> neighbourhoods = new HashSet<>();

  /// A label that a service selects.
  private record Selected(String namespace, String key, String value) {}

  /// @param pods all that are among the objects, and those that are gone
  ClusterIndex(
      String name,
      String givenName,
      boolean complete,
      List<Known> objects,
      List<ClusterInventory.PodLife> pods) {
    this.name = name;
    this.givenName = givenName;
    this.complete = complete;
    pods.forEach(this::add);
    for (Known object : objects) {
      switch (object) {
        case KnownCluster cluster -> uid = cluster.object().uid();
        case KnownPod _ -> {}
        case KnownService service -> add(service);
        case KnownNode node -> add(node);
        case KnownWorkload workload -> workloads.put(workload.object().uid(), workload);
        case KnownIngress ingress ->
            ingress
                .services()
                .forEach(service -> ingresses.put(full(ingress, service), ingress.object().name()));
        case KnownEndpoints some ->
            some.addresses().forEach(address -> endpoints.put(address, some));
      }
    }
    podsByName.ordered();
    podsByAddress.ordered();
  }

  private static String full(Known object, String name) {
    return object.object().namespace() + "/" + name;
  }

  private void add(ClusterInventory.PodLife life) {
    KnownPod pod = life.pod();
    long until = Math.min(life.gone(), pod.finished());
    boolean ended = life.certain() || pod.finished() < Long.MAX_VALUE;
    KnownObject object = pod.object();
    podsByUid.put(object.uid(), pod);
    pod.containers().forEach(container -> podsByContainer.put(container, pod));
    podsByName.add(full(pod, object.name()), pod, object.since(), until, ended);
    namespacesByPodName
        .computeIfAbsent(object.name(), _ -> new HashSet<>(1))
        .add(object.namespace());
    if (pod.hostNetwork() || pod.ports().stream().anyMatch(port -> port.hostPort() > 0)) {
      podsOnNode
          .computeIfAbsent(pod.node(), _ -> new ArrayList<>())
          .add(new Timeline.Held<>(pod, object.since(), until, ended));
    }
    if (!pod.hostNetwork()) {
      for (ClusterInventory.Tenancy had : life.addresses()) {
        // It had lost the address some time before that was heard of.
        boolean certain = ended && until <= had.until();
        podsByAddress.add(
            had.address(), pod, had.from(), Math.min(until, had.until()), certain, had.early());
        neighbourhoods.add(had.address().neighbourhood());
      }
    }
  }

  private void add(KnownService service) {
    service
        .addresses()
        .forEach(address ->
            servicesByAddress.computeIfAbsent(address, _ -> new ArrayList<>(1)).add(service));
    servicesByNamespace
        .computeIfAbsent(service.object().namespace(), _ -> new ArrayList<>())
        .add(service);
    service.selector().entrySet().stream()
        .map(label -> selected(service, label))
        .limit(1)
        .forEach(label ->
            servicesBySelector.computeIfAbsent(label, _ -> new ArrayList<>(1)).add(service));
    for (KnownService.Port port : service.ports()) {
      if (port.nodePort() > 0) {
        servicesByNodePort.put(port.nodePort(), service);
      }
    }
  }

  private void add(KnownNode node) {
    nodesByName.put(node.object().name(), node);
    node.addresses().forEach(address -> nodesByAddress.merge(address, node, ClusterIndex::newest));
    node.hostIds().stream()
        .distinct()
        .forEach(id -> nodesByHostId.merge(id, Optional.of(node), (_, _) -> Optional.empty()));
  }

  /// A machine that was set up anew under another name is two nodes for a while.
  private static KnownNode newest(KnownNode one, KnownNode other) {
    return one.object().since() >= other.object().since() ? one : other;
  }

  String uid() {
    return uid;
  }

  /// Whether it has a node or a pod of that name.
  boolean hasHost(String host) {
    return nodesByName.containsKey(host) || hasPod(host);
  }

  boolean hasPod(String pod) {
    return namespacesByPodName.containsKey(pod);
  }

  @Nullable KnownPod podOfUid(String uid) {
    return podsByUid.get(uid);
  }

  @Nullable KnownPod podOfContainer(String id) {
    return podsByContainer.get(id);
  }

  Timeline.Held<KnownPod> podNamed(String namespace, String pod, long time) {
    return podsByName.near(namespace + "/" + pod, time);
  }

  /// The only namespace in which pods have that name, or null.
  @Nullable String namespaceOfPod(String pod) {
    Set<String> namespaces = namespacesByPodName.getOrDefault(pod, Set.of());
    return namespaces.size() == 1 ? namespaces.iterator().next() : null;
  }

  /// hostNetwork pods have their node's address, which is not theirs alone, and aren't found so.
  Timeline.Held<KnownPod> podAt(Address address, long time) {
    return podsByAddress.at(address, time);
  }

  /// Pods that were reached at their node's address at that time.
  ///
  /// @param stretch is told how long they are the same
  List<KnownPod> podsOn(KnownNode node, long time, Stretch stretch) {
    List<KnownPod> found = new ArrayList<>();
    for (Timeline.Held<KnownPod> held : podsOnNode.getOrDefault(node.object().name(), List.of())) {
      KnownPod pod = stretch.of(held.at(time)).value();
      if (pod != null) {
        found.add(pod);
      }
    }
    return found;
  }

  @Nullable KnownNode nodeAt(Address address) {
    return nodesByAddress.get(address);
  }

  @Nullable KnownNode nodeNamed(String node) {
    return nodesByName.get(node);
  }

  @Nullable KnownNode nodeOfHostId(String id) {
    return nodesByHostId.getOrDefault(id, Optional.empty()).orElse(null);
  }

  List<KnownService> servicesAt(Address address) {
    return servicesByAddress.getOrDefault(address, List.of());
  }

  @Nullable KnownService serviceAtNodePort(int port) {
    return servicesByNodePort.get(port);
  }

  @Nullable KnownEndpoints endpointsAt(Address address) {
    return endpoints.get(address);
  }

  @Nullable KnownService serviceNamed(String namespace, String service) {
    for (KnownService known : servicesByNamespace.getOrDefault(namespace, List.of())) {
      if (known.object().name().equals(service)) {
        return known;
      }
    }
    return null;
  }

  private static Selected selected(Known object, Map.Entry<String, String> label) {
    return new Selected(object.object().namespace(), label.getKey(), label.getValue());
  }

  /// Services of a pod.
  List<KnownService> servicesOf(KnownPod pod) {
    List<KnownService> found = new ArrayList<>(1);
    for (Map.Entry<String, String> label : pod.object().labels().entrySet()) {
      for (KnownService service :
          servicesBySelector.getOrDefault(selected(pod, label), List.of())) {
        if (service.selects(pod)) {
          found.add(service);
        }
      }
    }
    return found;
  }

  /// The name of the ingress before a service; empty when there is none.
  String ingressOf(KnownService service) {
    return ingresses.getOrDefault(full(service, service.object().name()), "");
  }

  @Nullable KnownWorkload workload(String uid) {
    return workloads.get(uid);
  }

  /// Whether a pod could get that address: others near it are pods'.
  boolean mayBePod(Address address) {
    return neighbourhoods.contains(address.neighbourhood());
  }
}
