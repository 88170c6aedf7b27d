package deepflow.server.labeler;

/// DeepFlow's numbers for what `auto_instance` and `auto_service` can be.
public enum DeviceType {
  HOST(1),
  POD(10),
  CLUSTER_IP(11),
  NODE(14),
  /// A workload whose kind has no number of its own.
  WORKLOAD(101),
  SERVICE(102),
  CLUSTER(103),
  /// Nothing is known but the address.
  IP(255);

  private final int code;

  DeviceType(int code) {
    this.code = code;
  }

  /// DeepFlow's number.
  public int code() {
    return code;
  }
}
