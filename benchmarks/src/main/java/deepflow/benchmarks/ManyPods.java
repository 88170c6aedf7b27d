package deepflow.benchmarks;

import deepflow.server.labeler.Address;
import deepflow.server.labeler.ClusterInventory;
import deepflow.server.labeler.KnownObject;
import deepflow.server.labeler.KnownPod;
import deepflow.server.labeler.KnownService;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Labeler;
import deepflow.server.labeler.WorkloadKind;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A cluster of many pods, among them those that a [SpanMill] names, and those that it calls.
final class ManyPods implements AutoCloseable {
  private static final int PODS_OF_WORKLOAD = 20;

  private final Labeler labeler = new Labeler(InstantSource.system());
  private final ClusterInventory cluster = labeler.add();
  private final int pods;
  private int changed;

  /// @param pods none: nothing is watched
  ManyPods(int pods) throws InterruptedException {
    this.pods = pods;
    cluster.name("prod");
    for (int i = 0; i < pods; i++) {
      cluster.put(pod(i, 0));
    }
    for (int i = 0; i < pods / PODS_OF_WORKLOAD; i++) {
      cluster.put(
          new KnownService(
              object("service-" + i, "shop", "app-" + i, Map.of(), 0),
              List.of(address(1, i)),
              Map.of("app", "app-" + i),
              List.of(new KnownService.Port(80, 8080, "", 0))));
    }
    cluster.complete();
    change();
  }

  LabelSnapshot snapshot() {
    return pods == 0 ? LabelSnapshot.empty() : labeler.snapshot();
  }

  /// A pod is another one, and a new snapshot knows it.
  void change() throws InterruptedException {
    if (pods > 0) {
      LabelSnapshot before = labeler.snapshot();
      int pod = changed++ % pods;
      cluster.put(pod(pod, changed));
      while (labeler.snapshot() == before) {
        Thread.sleep(1);
      }
    }
  }

  private static KnownPod pod(int number, int version) {
    String app = "app-" + number / PODS_OF_WORKLOAD;
    // The first ones are the mill's own.
    String name = number < 16 ? "shop-7d9f8b6c5-" + number : app + "-5d4f7-" + number;
    return new KnownPod(
        object(
            "pod-" + number,
            "shop",
            name,
            Map.of("app", app, "pod-template-hash", "5d4f7", "version", "v" + version),
            1),
        new KnownPod.Owner(WorkloadKind.REPLICA_SET, app + "-5d4f7", "rs-" + app),
        "node-" + number % 100,
        false,
        List.of(address(2, number)),
        List.of(new KnownPod.Port("http", 8080, 0)),
        List.of("container-" + number),
        Map.of(),
        false,
        Long.MAX_VALUE);
  }

  private static KnownObject object(
      String uid, String namespace, String name, Map<String, String> labels, long since) {
    return new KnownObject(uid, namespace, name, labels, Map.of(), since);
  }

  private static Address address(int net, int number) {
    String text = "10.%s.%s.%s".formatted(net, number >> 8, number & 0xFF);
    return Objects.requireNonNull(Address.parse(text));
  }

  @Override
  public void close() {
    labeler.close();
  }
}
