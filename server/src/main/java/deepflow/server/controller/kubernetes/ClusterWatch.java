package deepflow.server.controller.kubernetes;

import deepflow.server.labeler.ClusterInventory;
import deepflow.server.labeler.Known;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches one cluster by informers: they list what there is, follow what changes, and begin anew
/// when the API server has forgotten where they were (410) or was away.
final class ClusterWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);
  private static final long PAGE = 1_000;

  /// The client waits so long before it tries again, then twice as long, up to 32 times: 0.4 s,
  /// however long the API server was away. Labels are to be right within 5 s of its return. What it
  /// refuses is asked for less and less often ([RefusedRequests]).
  private static final int RECONNECT_MS = 12;

  private static final int CONNECT_MS = 5_000;

  /// An API server ends its own side of a list after a minute.
  private static final int REQUEST_MS = (int) RefusedRequests.HELD_MAX.toMillis();

  private final KubernetesClient client;
  private final ClusterInventory inventory;
  private final Translator translator;
  private final InstantSource clock = InstantSource.system();
  private final List<SharedIndexInformer<?>> informers = new ArrayList<>();
  private final Map<Class<?>, KeyStore<?>> stores = new ConcurrentHashMap<>();

  /// Kinds whose first list isn't here yet.
  private final AtomicInteger missing = new AtomicInteger(1);

  private ClusterWatch(Config access, KubernetesConfig config, ClusterInventory inventory) {
    this.inventory = inventory;
    this.translator = new Translator(config);
    this.client =
        new KubernetesClientBuilder()
            .withConfig(access)
            .withHttpClientFactory(new JdkHttpClientFactory())
            .withHttpClientBuilderConsumer(
                http -> http.addOrReplaceInterceptor("refused requests", new RefusedRequests()))
            .withKubernetesSerialization(LeanJson.serialization(this::isKnown))
            .build();
  }

  /// Begins to watch.
  ///
  /// @throws RuntimeException when the kubeconfig can't be used
  static ClusterWatch start(
      KubernetesConfig.Cluster cluster, KubernetesConfig config, ClusterInventory inventory) {
    Config access = access(cluster);
    inventory.name(name(cluster, access));
    var watch = new ClusterWatch(access, config, inventory);
    LOG.info("watching {} as cluster {}", access.getMasterUrl(), name(cluster, access));
    watch.watchAll();
    return watch;
  }

  private static Config access(KubernetesConfig.Cluster cluster) {
    ConfigBuilder builder =
        switch (cluster) {
          case KubernetesConfig.OtherCluster other ->
              new ConfigBuilder(Config.fromKubeconfig(other.kubeconfig().toFile()));
          case KubernetesConfig.OwnCluster own ->
              new ConfigBuilder(Config.empty())
                  .withMasterUrl(own.url())
                  .withCaCertFile(own.account().resolve("ca.crt").toString())
                  // Renewed every hour by the kubelet.
                  .withOauthTokenProvider(() -> read(own.account().resolve("token")));
        };
    return builder
        .withConnectionTimeout(CONNECT_MS)
        .withRequestTimeout(REQUEST_MS)
        .withWatchReconnectInterval(RECONNECT_MS)
        .withRequestRetryBackoffLimit(0)
        .build();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(KubernetesConfig.Cluster cluster, Config access) {
    if (!cluster.name().isEmpty()) {
      return cluster.name();
    }
    var context = access.getCurrentContext();
    return context == null ? "kubernetes" : context.getContext().getCluster();
  }

  private void watchAll() {
    watch(client.namespaces().withName("kube-system"), Namespace::new, translator::cluster);
    watch(client.nodes(), Node::new, translator::node);
    watch(client.services().inAnyNamespace(), Service::new, translator::service);
    watch(client.apps().replicaSets().inAnyNamespace(), ReplicaSet::new, translator::workload);
    watch(client.apps().deployments().inAnyNamespace(), Deployment::new, translator::workload);
    watch(client.apps().statefulSets().inAnyNamespace(), StatefulSet::new, translator::workload);
    watch(client.apps().daemonSets().inAnyNamespace(), DaemonSet::new, translator::workload);
    watch(
        client.replicationControllers().inAnyNamespace(),
        ReplicationController::new,
        translator::workload);
    watch(client.batch().v1().jobs().inAnyNamespace(), Job::new, translator::workload);
    watch(client.batch().v1().cronjobs().inAnyNamespace(), CronJob::new, translator::workload);
    watch(client.network().v1().ingresses().inAnyNamespace(), Ingress::new, translator::ingress);
    watch(
        client.discovery().v1().endpointSlices().inAnyNamespace(),
        EndpointSlice::new,
        translator::endpoints);
    watch(client.pods().inAnyNamespace(), Pod::new, translator::pod);
    arrived();
  }

  /// Whether news of this object would be none.
  private boolean isKnown(HasMetadata object) {
    KeyStore<?> keys = stores.get(object.getClass());
    return keys != null && keys.has(object.getMetadata());
  }

  private <T extends HasMetadata> void watch(
      Informable<T> objects, Supplier<T> empty, Function<T, Known> translation) {
    KeyStore<T> keys = new KeyStore<>(empty);
    SharedIndexInformer<T> informer = objects.withLimit(PAGE).runnableInformer(0).itemStore(keys);
    stores.put(informer.getApiTypeClass(), keys);
    String kind = informer.getApiTypeClass().getSimpleName();
    AtomicInteger first = new AtomicInteger(1);
    missing.incrementAndGet();
    informer.addEventHandler(new Feed<>(translation, () -> arrivedFirst(first)));
    var complaint = new Complaint(kind);
    informer.exceptionHandler((started, failure) -> {
      complaint.say(failure);
      if (failure instanceof KubernetesClientException refused && refused.getCode() == 403) {
        // The others are watched all the same.
        arrivedFirst(first);
      }
      return true;
    });
    informers.add(informer);
    var _ = informer.start();
  }

  private void arrivedFirst(AtomicInteger first) {
    if (first.getAndSet(0) == 1) {
      arrived();
    }
  }

  private void arrived() {
    if (missing.decrementAndGet() == 0) {
      LOG.info("all is known: {} objects", inventory.size());
      inventory.complete();
    }
  }

  private long now() {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /// Tells the inventory what one informer hears.
  private final class Feed<T extends HasMetadata> implements ResourceEventHandler<T> {
    private final Function<T, Known> translation;
    private final Runnable listed;

    Feed(Function<T, Known> translation, Runnable listed) {
      this.translation = translation;
      this.listed = listed;
    }

    @Override
    public void onList(String resourceVersion, boolean remainedEmpty) {
      listed.run();
    }

    @Override
    public void onAdd(T object) {
      put(object);
    }

    @Override
    public void onUpdate(T before, T object) {
      // Listed again, most are as they were.
      if (!version(before).equals(version(object))) {
        put(object);
      }
    }

    private String version(T object) {
      return object.getMetadata().getResourceVersion();
    }

    private void put(T object) {
      try {
        inventory.put(translation.apply(object));
      } catch (RuntimeException e) {
        // One object that is unlike all that we know mustn't hide the others.
        LOG.warn("{} is left out", object.getMetadata().getName(), e);
      }
    }

    @Override
    public void onDelete(T object, boolean unknown) {
      inventory.remove(object.getMetadata().getUid(), now(), !unknown);
    }
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
    client.close();
  }
}
