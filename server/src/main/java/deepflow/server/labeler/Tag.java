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
  POD_CLUSTER("pod_cluster", Kind.PROPERTY),
  /// A host, in Kubernetes or not.
  HOST("host"),
  POD_NODE_IP("pod_node_ip", Kind.PROPERTY),
  POD_NODE_HOSTNAME("pod_node_hostname", Kind.PROPERTY),
  HOST_IP("host_ip", Kind.PROPERTY),
  HOST_HOSTNAME("host_hostname", Kind.PROPERTY),
  POD_SERVICE("pod_service"),
  POD_INGRESS("pod_ingress", Kind.PROPERTY),
  REGION("region", Kind.PROPERTY),
  AZ("az", Kind.PROPERTY),
  /// The smallest thing that is known; empty: its address.
  AUTO_INSTANCE("auto_instance", Kind.PROPERTY),
  /// What serves: service, workload or cluster; empty: its address.
  AUTO_SERVICE("auto_service", Kind.PROPERTY),
  /// What the labels were found by, or why they were not.
  SOURCE("tag_source");

  private enum Kind {
    /// Says what it is.
    IDENTITY,
    /// May change, or follows from others, while what it is said of stays the same.
    PROPERTY
  }

  private final String column;
  private final Kind kind;

  Tag(String column) {
    this(column, Kind.IDENTITY);
  }

  Tag(String column, Kind kind) {
    this.column = column;
    this.kind = kind;
  }

  /// Its column in table `labels`.
  public String column() {
    return column;
  }

  /// Whether another value means another thing, unless the sender says so: a cluster that gets
  /// another name stays that cluster.
  public boolean identifies() {
    return kind == Kind.IDENTITY;
  }
}
