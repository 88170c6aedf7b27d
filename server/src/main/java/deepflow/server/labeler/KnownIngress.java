package deepflow.server.labeler;

import java.util.Set;

/// An ingress.
///
/// @param services names of the services behind it
public record KnownIngress(KnownObject object, Set<String> services) implements Known {
  /// Copies the set.
  public KnownIngress {
    services = Set.copyOf(services);
  }
}
