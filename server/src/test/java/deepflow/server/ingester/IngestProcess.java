package deepflow.server.ingester;

import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.Rollups;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.WallClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/// An ingester in a process of its own, to be killed. Argument: the store's directory. Prints the
/// port when it is ready.
final class IngestProcess {
  static final Rollups.Pace PACE =
      new Rollups.Pace(
          Duration.ofMillis(200), Duration.ofMillis(50), Duration.ofMillis(50), 100, 1_000);

  private IngestProcess() {}

  public static void main(String[] arguments) throws Exception {
    // More lanes and smaller blocks than anybody needs: more moments at which a kill can hurt.
    var config =
        new IngesterConfig(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            /* tls= */ null,
            Lifetimes.of(Duration.ofDays(3)),
            StoreConfig.METRICS_KEYS,
            /* lanes= */ 2,
            /* blockRows= */ 500,
            /* blockBytes= */ 1 << 20,
            /* flushAfter= */ Duration.ofMillis(5),
            /* queuedBytesMax= */ 1 << 20,
            /* drainMax= */ Duration.ofSeconds(20),
            PACE,
            /* memoryWaitMax= */ Duration.ofMinutes(1),
            WallClock.TRIAL,
            Path.of(arguments[0] + ".aside"));
    var engine = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(Path.of(arguments[0])));
    var ingester =
        Ingester.start(
            config,
            engine,
            LabelSnapshot::empty,
            new SimpleMeterRegistry(),
            InstantSource.system());
    System.out.println(ingester.port());
    // Ends with its parent, however that ends.
    System.in.transferTo(OutputStream.nullOutputStream());
    Runtime.getRuntime().halt(1);
  }
}
