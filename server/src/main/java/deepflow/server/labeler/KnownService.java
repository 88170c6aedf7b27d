package deepflow.server.labeler;

import java.util.List;
import java.util.Map;

/// A service.
///
/// @param addresses ClusterIPs, external addresses and those of its load balancer, which may be
///   nodes' or other services' too; empty for a headless one
/// @param selector labels of its pods; empty when it selects none
public record KnownService(
    KnownObject object, List<Address> addresses, Map<String, String> selector, List<Port> ports)
    implements Known {

  /// A port of a service.
  ///
  /// @param number where clients connect
  /// @param target the pods' port, when targetName is empty
  /// @param targetName what the pods call that port
  /// @param nodePort every node's port that leads to it, 0 when there is none
  public record Port(int number, int target, String targetName, int nodePort) {}

  /// Copies the collections.
  public KnownService {
    addresses = List.copyOf(addresses);
    selector = Map.copyOf(selector);
    ports = List.copyOf(ports);
  }

  boolean selects(KnownPod pod) {
    return !selector.isEmpty() && pod.object().labels().entrySet().containsAll(selector.entrySet());
  }

  boolean isHeadless() {
    return addresses.isEmpty();
  }

  /// Whether clients connect to that port of it.
  boolean has(int port) {
    return ports.stream().anyMatch(own -> own.number() == port);
  }

  /// Whether it leads to that port of the pod.
  boolean leadsTo(KnownPod pod, int port) {
    return ports.stream().anyMatch(own -> pod.numberOf(own) == port);
  }
}
