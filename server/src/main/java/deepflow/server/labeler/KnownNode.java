package deepflow.server.labeler;

import java.util.List;

/// A node.
///
/// @param hostIds its machine id, system UUID and the cloud's id
/// @param ip its own address in the cluster, as Kubernetes writes it; empty when it has none
/// @param hostname what it calls itself; empty when that isn't known
public record KnownNode(
    KnownObject object, List<Address> addresses, List<String> hostIds, String ip, String hostname)
    implements Known {
  /// Copies the lists.
  public KnownNode {
    addresses = List.copyOf(addresses);
    hostIds = List.copyOf(hostIds);
  }

  String region() {
    return object.labels().getOrDefault("topology.kubernetes.io/region", "");
  }

  String zone() {
    return object.labels().getOrDefault("topology.kubernetes.io/zone", "");
  }
}
