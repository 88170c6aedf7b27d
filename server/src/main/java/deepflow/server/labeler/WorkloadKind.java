package deepflow.server.labeler;

/// What a pod can belong to, with DeepFlow's number for it; 0: it has none.
public enum WorkloadKind {
  NONE(0, "", ""),
  DEPLOYMENT(130, "Deployment", "k8s.deployment.name"),
  STATEFUL_SET(131, "StatefulSet", "k8s.statefulset.name"),
  REPLICATION_CONTROLLER(132, "ReplicationController", "k8s.replicationcontroller.name"),
  DAEMON_SET(133, "DaemonSet", "k8s.daemonset.name"),
  CRON_JOB(0, "CronJob", "k8s.cronjob.name"),
  JOB(0, "Job", "k8s.job.name"),
  REPLICA_SET(134, "ReplicaSet", "k8s.replicaset.name"),
  /// A kind that some operator brings.
  OTHER(0, "", "");

  private final int code;
  private final String kind;
  private final String word;

  WorkloadKind(int code, String kind, String word) {
    this.code = code;
    this.kind = kind;
    this.word = word;
  }

  /// The kind that Kubernetes calls so.
  public static WorkloadKind of(String name) {
    for (WorkloadKind kind : values()) {
      if (kind.kind.equals(name) && !name.isEmpty()) {
        return kind;
      }
    }
    return OTHER;
  }

  /// DeepFlow's number.
  public int code() {
    return code;
  }

  /// The attribute by which a resource says it; empty when there is none.
  String word() {
    return word;
  }
}
