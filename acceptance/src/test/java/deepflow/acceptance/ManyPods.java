package deepflow.acceptance;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/// Pods by the thousand in one namespace. Pod number N has an address of its own, which its
/// successors get as well.
final class ManyPods implements AutoCloseable {
  private static final String NAMESPACE = "/api/v1/namespaces/many";
  private static final int AT_ONCE = 16;

  private final KubernetesHttp api;
  private final ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE);
  private final Map<Integer, Integer> versions = new ConcurrentHashMap<>();
  private final Map<Integer, Integer> turns = new ConcurrentHashMap<>();

  ManyPods(KubernetesApi kubernetes) throws Exception {
    api = kubernetes.http();
    api.create("/api/v1/namespaces", "{\"metadata\": {\"name\": \"many\"}}");
  }

  /// The address of a pod, within 10.100.0.0/14.
  static String address(int number) {
    return "10.%s.%s.%s".formatted(100 + number / 65_536, number / 256 % 256, number % 256);
  }

  /// What spans of the pod with that number shall say: its name, and its label `turn`.
  String labels(int number) {
    return name(number) + " " + turn(number);
  }

  /// What the pod with that number is called now.
  private String name(int number) {
    return "many-%s-%s".formatted(number, versions.getOrDefault(number, 0));
  }

  private String turn(int number) {
    return "t-" + turns.getOrDefault(number, 0);
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
        {"metadata": {"name": "%s", "labels": {"app": "many", "part": "p-%s", "turn": "%s", "pod-template-hash": "5d4f7"},
          "annotations": {"kubernetes.io/config.source": "api", "checksum/config": "6d3a4be6a1f7"}},
         "spec": {"nodeName": "node-%s", "containers": [{"name": "main", "image": "registry.example/many:1",
           "ports": [{"name": "http", "containerPort": 8080}],
           "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]}}
        """
            .formatted(name, number % 50, turn(number), number % 100));
    api.merge(
        NAMESPACE + "/pods/" + name + "/status",
        "{\"status\": %s}".formatted(ShopCluster.status(address(number), Instant.now())));
  }

  /// Gives a pod's label `turn` another value: one change.
  private Future<?> relabel(int number) {
    return workers.submit(() -> {
      int turn = turns.merge(number, 1, Integer::sum);
      api.merge(
          NAMESPACE + "/pods/" + name(number),
          "{\"metadata\": {\"labels\": {\"turn\": \"t-%s\"}}}".formatted(turn));
      return null;
    });
  }

  /// Takes a pod away and makes another with its address: two changes.
  private Future<?> replace(int number) {
    return workers.submit(() -> {
      replaceNow(number);
      return null;
    });
  }

  private void replaceNow(int number) throws Exception {
    api.delete(NAMESPACE + "/pods/" + name(number));
    int _ = versions.merge(number, 1, Integer::sum);
    create(number);
  }

  /// Replaces the first pods one by one, and meanwhile gives pods from another number on another
  /// label, two for each: four changes. Returns when all are done.
  ///
  /// @param pause from one to the next; the API server may take longer
  /// @param done told the number of each that is replaced
  /// @return how long all took
  Duration churn(int count, int relabelled, Duration pause, IntConsumer done) throws Exception {
    long start = System.nanoTime();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Thread.sleep(Duration.ofNanos(Math.max(0, start + i * pause.toNanos() - System.nanoTime())));
      int number = i;
      all.add(
          workers.submit(() -> {
            replaceNow(number);
            done.accept(number);
            return null;
          }));
      all.add(relabel(relabelled + 2 * i));
      all.add(relabel(relabelled + 2 * i + 1));
    }
    for (Future<?> one : all) {
      one.get();
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /// Replaces several, and waits until it is done.
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
