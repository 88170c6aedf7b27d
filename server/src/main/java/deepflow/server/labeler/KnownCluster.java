package deepflow.server.labeler;

/// The cluster itself.
///
/// @param object the namespace `kube-system`: its uid is what `k8s.cluster.uid` says
public record KnownCluster(KnownObject object) implements Known {}
