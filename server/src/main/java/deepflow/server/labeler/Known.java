package deepflow.server.labeler;

/// An object of Kubernetes, as far as labels are made of it.
public sealed interface Known
    permits KnownCluster,
        KnownEndpoints,
        KnownIngress,
        KnownNode,
        KnownPod,
        KnownService,
        KnownWorkload {
  /// What any object has.
  KnownObject object();
}
