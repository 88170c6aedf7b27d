package deepflow.server.labeler;

import java.util.List;

/// Addresses behind a service that are no pod's: a database outside of the cluster, say.
///
/// @param service its name
public record KnownEndpoints(KnownObject object, String service, List<Address> addresses)
    implements Known {
  /// Copies the list.
  public KnownEndpoints {
    addresses = List.copyOf(addresses);
  }
}
