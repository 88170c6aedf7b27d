package deepflow.server.labeler;

import java.util.List;

/// A node.
///
/// @param hostIds its machine id, system UUID and the cloud's id
public record KnownNode(KnownObject object, List<Address> addresses, List<String> hostIds)
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
