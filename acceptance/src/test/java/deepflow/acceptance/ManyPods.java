package deepflow.acceptance;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Pods by the thousand in one namespace. Pod number N has an address of its own, which its
/// successors get as well.
final class ManyPods implements AutoCloseable {
  private static final String NAMESPACE = "/api/v1/namespaces/many";
  private static final int AT_ONCE = 8;

  private final KubernetesHttp api;
  private final ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE);
  private final Map<Integer, Integer> versions = new ConcurrentHashMap<>();

  ManyPods(KubernetesApi kubernetes) throws Exception {
    api = kubernetes.http();
    api.create("/api/v1/namespaces", "{\"metadata\": {\"name\": \"many\"}}");
  }

  /// The address of a pod, within 10.100.0.0/14.
  static String address(int number) {
    return "10.%s.%s.%s".formatted(100 + number / 65_536, number / 256 % 256, number % 256);
  }

  /// What the pod with that number is called now.
  String name(int number) {
    return "many-%s-%s".formatted(number, versions.getOrDefault(number, 0));
  }

  /// Makes pods, several at once.
  ///
  /// @param until not among them
  void create(int from, int until) throws Exception {
    List<Callable<Void>> all = new ArrayList<>();
    for (int i = from; i < until; i++) {
      int number = i;
      all.add(() -> {
        create(number);
        return null;
      });
    }
    for (Future<Void> one : workers.invokeAll(all)) {
      one.get();
    }
  }

  private void create(int number) throws Exception {
    String name = name(number);
    api.create(
        NAMESPACE + "/pods",
        """
        {"metadata": {"name": "%s", "labels": {"app": "many", "part": "p-%s", "pod-template-hash": "5d4f7"},
          "annotations": {"kubernetes.io/config.source": "api", "checksum/config": "6d3a4be6a1f7"}},
         "spec": {"nodeName": "node-%s", "containers": [{"name": "main", "image": "registry.example/many:1",
           "ports": [{"name": "http", "containerPort": 8080}],
           "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]}}
        """
            .formatted(name, number % 50, number % 100));
    api.merge(
        NAMESPACE + "/pods/" + name + "/status",
        "{\"status\": %s}".formatted(ShopCluster.status(address(number), Instant.now())));
  }

  /// Takes a pod away and makes another with its address.
  Future<?> replace(int number) {
    return workers.submit(() -> {
      api.delete(NAMESPACE + "/pods/" + name(number));
      int _ = versions.merge(number, 1, Integer::sum);
      create(number);
      return null;
    });
  }

  /// The same for several, and waits until it is done.
  ///
  /// @param until not among them
  void replace(int from, int until) throws Exception {
    List<Future<?>> all = new ArrayList<>();
    for (int i = from; i < until; i++) {
      all.add(replace(i));
    }
    for (Future<?> one : all) {
      one.get();
    }
  }

  @Override
  public void close() {
    workers.shutdownNow();
    api.close();
  }
}
