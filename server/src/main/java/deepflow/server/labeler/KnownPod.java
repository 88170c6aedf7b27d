package deepflow.server.labeler;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A pod.
///
/// @param object its `since` is when its node took it
/// @param owner what made it, null for a bare pod
/// @param node name of its node, empty when it has none yet
/// @param hostNetwork whether its addresses are its node's
/// @param addresses empty when it has none yet
/// @param containers ids of its containers, those that crashed too, without the runtime's name
///   before them
/// @param env variables of its containers that are wanted and are said in the pod itself
/// @param forwards whether it is a collector, whose address says nothing about what it sends
/// @param finished when its last container ended, ns since 1970-01-01 UTC; [Long#MAX_VALUE] while
///   it runs
public record KnownPod(
    KnownObject object,
    @Nullable Owner owner,
    String node,
    boolean hostNetwork,
    List<Address> addresses,
    List<Port> ports,
    List<String> containers,
    Map<String, String> env,
    boolean forwards,
    long finished)
    implements Known {

  private static final int CONTAINERS_BEFORE_MAX = 16;

  /// What made an object.
  public record Owner(WorkloadKind kind, String name, String uid) {}

  /// A port of a container.
  ///
  /// @param name empty when it has none
  /// @param hostPort the node's port that leads to it, 0 when there is none
  public record Port(String name, int number, int hostPort) {}

  /// Copies the collections.
  public KnownPod {
    addresses = List.copyOf(addresses);
    ports = List.copyOf(ports);
    containers = List.copyOf(containers);
    env = Map.copyOf(env);
  }

  /// The same with the containers that it had before: they sent spans too.
  KnownPod withContainersOf(KnownPod before) {
    List<String> all =
        Stream.concat(containers.stream(), before.containers.stream())
            .distinct()
            .limit(containers.size() + CONTAINERS_BEFORE_MAX)
            .toList();
    return new KnownPod(
        object, owner, node, hostNetwork, addresses, ports, all, env, forwards, finished);
  }

  /// The port that a service's target means: its number, or what the pod calls so.
  int numberOf(KnownService.Port port) {
    if (port.targetName().isEmpty()) {
      return port.target();
    }
    return ports.stream()
        .filter(own -> own.name().equals(port.targetName()))
        .mapToInt(Port::number)
        .findFirst()
        .orElse(0);
  }

  /// Whether that port of its node is its own.
  boolean hasAtNode(int number) {
    return ports.stream()
        .mapToInt(port -> hostNetwork ? port.number() : port.hostPort())
        .anyMatch(port -> port == number);
  }
}
