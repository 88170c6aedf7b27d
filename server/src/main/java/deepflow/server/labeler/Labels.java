package deepflow.server.labeler;

/// Where a resource runs. Empty: not known.
///
/// @param service the service's name
/// @param appInstance which instance of the service
/// @param pod name of the pod
/// @param podNs its namespace
/// @param podNode the node that it runs on
/// @param podGroup the workload that it belongs to
/// @param podCluster the cluster
/// @param host name of the host
public record Labels(
    String service,
    String appInstance,
    String pod,
    String podNs,
    String podNode,
    String podGroup,
    String podCluster,
    String host) {}
