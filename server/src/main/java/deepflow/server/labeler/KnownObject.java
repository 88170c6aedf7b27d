package deepflow.server.labeler;

import java.util.Map;

/// What any object of Kubernetes has.
///
/// @param namespace empty when the object belongs to none
/// @param annotations those that are wanted
/// @param since when it came to be, ns since 1970-01-01 UTC
public record KnownObject(
    String uid,
    String namespace,
    String name,
    Map<String, String> labels,
    Map<String, String> annotations,
    long since) {
  /// Copies the maps.
  public KnownObject {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }
}
