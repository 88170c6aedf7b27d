package deepflow.server.controller.kubernetes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Which clusters are watched, and what is kept of them.
///
/// @param clusters none: nothing is watched
/// @param annotations patterns of keys (`*` stands for anything) that become `k8s.annotation.…`
/// @param env patterns of names of environment variables that become `k8s.env.…`
public record KubernetesConfig(List<Cluster> clusters, List<String> annotations, List<String> env) {

  /// Nothing is watched.
  public static final KubernetesConfig OFF = new KubernetesConfig(List.of(), List.of(), List.of());

  /// Where every pod finds its service account.
  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  /// How a cluster is reached.
  public sealed interface Cluster {
    /// As tags show it; empty: what its kubeconfig calls it.
    String name();
  }

  /// The cluster that this process runs in.
  ///
  /// @param account directory with `token` and `ca.crt`
  public record OwnCluster(String name, String url, Path account) implements Cluster {}

  /// The cluster of a kubeconfig's current context.
  public record OtherCluster(String name, Path kubeconfig) implements Cluster {}

  /// Copies the lists.
  public KubernetesConfig {
    clusters = List.copyOf(clusters);
    annotations = List.copyOf(annotations);
    env = List.copyOf(env);
  }

  /// The service account's cluster, if this is a pod, and those of the kubeconfigs.
  ///
  /// @param name of the first cluster; empty: its own
  /// @param environment of this process
  public static List<Cluster> find(
      String name, List<Path> kubeconfigs, Map<String, String> environment) {
    return find(name, kubeconfigs, environment, ACCOUNT);
  }

  static List<Cluster> find(
      String name, List<Path> kubeconfigs, Map<String, String> environment, Path account) {
    List<Cluster> clusters = new ArrayList<>();
    String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    if (!host.isEmpty() && Files.isReadable(account.resolve("token"))) {
      String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
      String shown = host.contains(":") ? "[" + host + "]" : host;
      clusters.add(new OwnCluster(name, "https://%s:%s".formatted(shown, port), account));
    }
    for (Path kubeconfig : kubeconfigs) {
      clusters.add(new OtherCluster(clusters.isEmpty() ? name : "", kubeconfig));
    }
    return clusters;
  }
}
