package deepflow.server.controller.kubernetes;

import deepflow.server.labeler.ClusterInventory;
import deepflow.server.labeler.Labeler;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches the clusters that are configured, from [#start] to [#close]. The client and its classes
/// are loaded in the background: a server is ready without them, and one without Kubernetes never
/// loads them.
public final class KubernetesWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KubernetesWatch.class);

  private final List<AutoCloseable> watches = new CopyOnWriteArrayList<>();
  private final List<Thread> starting;

  private KubernetesWatch(KubernetesConfig config, Labeler labeler) {
    // Before the first span: what isn't known yet is known to be missing.
    starting =
        config.clusters().stream()
            .map(cluster -> {
              ClusterInventory inventory = labeler.add();
              return Thread.ofPlatform()
                  .name("watch Kubernetes")
                  .daemon()
                  .start(() -> watch(config, cluster, inventory));
            })
            .toList();
  }

  /// Begins to watch; returns at once.
  public static KubernetesWatch start(KubernetesConfig config, Labeler labeler) {
    return new KubernetesWatch(config, labeler);
  }

  private void watch(
      KubernetesConfig config, KubernetesConfig.Cluster cluster, ClusterInventory inventory) {
    try {
      watches.add(ClusterWatch.start(cluster, config, inventory));
    } catch (Throwable e) {
      LOG.error("{} is not watched: {}", cluster, e.getMessage(), e);
      inventory.complete();
    }
  }

  /// Ends all watches; what they found stays.
  @Override
  public void close() {
    starting.forEach(Thread::interrupt);
    for (AutoCloseable watch : watches) {
      try {
        watch.close();
      } catch (Exception e) {
        LOG.warn("ending a watch failed", e);
      }
    }
  }
}
