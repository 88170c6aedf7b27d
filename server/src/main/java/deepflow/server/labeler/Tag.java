package deepflow.server.labeler;

/// A universal tag that is a name.
public enum Tag {
  /// Which instance of the service; only of the sender's own side.
  APP_INSTANCE("app_instance"),
  POD("pod"),
  POD_NS("pod_ns"),
  POD_NODE("pod_node"),
  /// The workload that the pod belongs to.
  POD_GROUP("pod_group"),
  POD_CLUSTER("pod_cluster"),
  /// A host, in Kubernetes or not.
  HOST("host"),
  POD_SERVICE("pod_service"),
  POD_INGRESS("pod_ingress"),
  REGION("region"),
  AZ("az"),
  /// The smallest thing that is known; empty: its address.
  AUTO_INSTANCE("auto_instance"),
  /// What serves: service, workload or cluster; empty: its address.
  AUTO_SERVICE("auto_service"),
  /// What the labels were found by, or why they were not.
  SOURCE("tag_source");

  private final String column;

  Tag(String column) {
    this.column = column;
  }

  /// Its column in table `labels`.
  public String column() {
    return column;
  }
}
