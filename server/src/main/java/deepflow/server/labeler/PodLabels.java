package deepflow.server.labeler;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Writes what a cluster says of an object into labels.
final class PodLabels {
  private PodLabels() {}

  /// A pod, its workload and its service.
  ///
  /// @param port the pod's own, 0 when not known: it says which service was meant
  /// @return whether another port would have given other labels
  static boolean pod(ClusterIndex cluster, KnownPod pod, int port, Labels.Builder into) {
    KnownObject object = pod.object();
    into.check(Tag.POD, "k8s.pod.name", object.name())
        .check(Tag.POD_NS, "k8s.namespace.name", object.namespace())
        .check(Tag.POD_NODE, "k8s.node.name", pod.node())
        .put(Tag.POD_CLUSTER, cluster.name)
        .put(Tag.HOST, pod.node())
        .object(object)
        .env(pod.env());
    place(cluster.nodeNamed(pod.node()), into);
    workload(cluster, pod, into);
    List<KnownService> services = cluster.servicesOf(pod);
    KnownService service = services.size() == 1 ? services.getFirst() : at(services, pod, port);
    if (service != null) {
      service(cluster, service, into);
    }
    return services.size() > 1;
  }

  /// The service that has that port, else the one that leads to it; a headless one only when no
  /// other does. None when there are several: any of them would be a guess.
  private static @Nullable KnownService at(List<KnownService> services, KnownPod pod, int port) {
    if (port == 0) {
      return null;
    }
    return Stream.<Predicate<KnownService>>of(
            service -> service.has(port), service -> service.leadsTo(pod, port))
        .map(test -> services.stream().filter(test).toList())
        .filter(found -> !found.isEmpty())
        .findFirst()
        .map(PodLabels::only)
        .orElse(null);
  }

  private static @Nullable KnownService only(List<KnownService> services) {
    List<KnownService> full = services.stream().filter(service -> !service.isHeadless()).toList();
    List<KnownService> left = full.isEmpty() ? services : full;
    return left.size() == 1 ? left.getFirst() : null;
  }

  private static void workload(ClusterIndex cluster, KnownPod pod, Labels.Builder into) {
    KnownPod.Owner owner = pod.owner();
    if (owner == null) {
      return;
    }
    KnownWorkload workload = cluster.workload(owner.uid());
    if (workload != null) {
      into.labels(workload.object().labels());
    }
    KnownPod.Owner above = workload == null ? unseen(pod, owner) : workload.owner();
    if (above == null) {
      into.podGroup(owner.kind(), owner.name());
      return;
    }
    into.podGroup(above.kind(), above.name());
    KnownWorkload top = cluster.workload(above.uid());
    if (top != null) {
      into.labels(top.object().labels());
    }
  }

  /// A Deployment names its ReplicaSets by the hash of their template, which their pods carry too.
  private static KnownPod.@Nullable Owner unseen(KnownPod pod, KnownPod.Owner owner) {
    String hash = pod.object().labels().get("pod-template-hash");
    String suffix = "-" + hash;
    if (owner.kind() != WorkloadKind.REPLICA_SET
        || hash == null
        || !owner.name().endsWith(suffix)) {
      return null;
    }
    String name = owner.name().substring(0, owner.name().length() - suffix.length());
    return new KnownPod.Owner(WorkloadKind.DEPLOYMENT, name, "");
  }

  static void service(ClusterIndex cluster, KnownService service, Labels.Builder into) {
    into.put(Tag.POD_SERVICE, service.object().name())
        .put(Tag.POD_NS, service.object().namespace())
        .put(Tag.POD_CLUSTER, cluster.name)
        .put(Tag.POD_INGRESS, cluster.ingressOf(service))
        .object(service.object());
  }

  static void node(ClusterIndex cluster, KnownNode node, Labels.Builder into) {
    into.check(Tag.POD_NODE, "k8s.node.name", node.object().name())
        .put(Tag.HOST, node.object().name())
        .put(Tag.POD_CLUSTER, cluster.name)
        .about(node.object());
    place(node, into);
  }

  private static void place(@Nullable KnownNode node, Labels.Builder into) {
    if (node != null) {
      into.put(Tag.REGION, node.region())
          .put(Tag.AZ, node.zone())
          .put(Tag.POD_NODE_IP, node.ip())
          .put(Tag.POD_NODE_HOSTNAME, node.hostname())
          .put(Tag.HOST_IP, node.ip())
          .put(Tag.HOST_HOSTNAME, node.hostname());
    }
  }
}
