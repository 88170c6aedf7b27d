package deepflow.server.labeler;

/// All that is known about workloads at one moment. Immutable: what changes is which snapshot is in
/// use, and who keeps labels notes from which snapshot they came.
///
/// So far it knows nothing but what each resource says of itself.
public final class LabelSnapshot {
  private static final String[] WORKLOADS = {
    "k8s.deployment.name",
    "k8s.statefulset.name",
    "k8s.daemonset.name",
    "k8s.cronjob.name",
    "k8s.job.name",
    "k8s.replicaset.name"
  };

  private static final LabelSnapshot EMPTY = new LabelSnapshot();

  private LabelSnapshot() {}

  /// A snapshot that knows no workload.
  public static LabelSnapshot empty() {
    return EMPTY;
  }

  /// The labels of a resource.
  public Labels label(ResourceWords resource) {
    return new Labels(
        resource.word("service.name"),
        resource.word("service.instance.id"),
        resource.word("k8s.pod.name"),
        resource.word("k8s.namespace.name"),
        resource.word("k8s.node.name"),
        first(resource, WORKLOADS),
        resource.word("k8s.cluster.name"),
        resource.word("host.name"));
  }

  private static String first(ResourceWords resource, String... keys) {
    for (String key : keys) {
      String word = resource.word(key);
      if (!word.isEmpty()) {
        return word;
      }
    }
    return "";
  }
}
