package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.ingester.decode.Draft;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LaneTest {
  @RegisterExtension static final Engine engine = new Engine();

  @TempDir Path aside;

  private final List<Throwable> bugs = new CopyOnWriteArrayList<>();

  /// Those before the third find no memory.
  private final CountDownLatch drafts = new CountDownLatch(3);

  private Draft draft() {
    drafts.countDown();
    if (drafts.getCount() > 0) {
      throw new OutOfMemoryError("a test wants it so");
    }
    return new Draft(LabelSnapshot::empty);
  }

  @Test
  void waitsForTheMemoryThatItNeedsToBegin() throws Exception {
    var lane =
        new Lane(
            0,
            IngesterConfig.at(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Duration.ofDays(3),
                aside),
            Store.open(
                engine.clickHouse(),
                StoreConfig.single(Duration.ofDays(3)),
                InstantSource.system(),
                new Random(1)),
            this::draft,
            new SetAside(aside, Duration.ofSeconds(1)),
            new IngestMetrics(new SimpleMeterRegistry()),
            InstantSource.system(),
            bugs::add);
    lane.start();
    lane.drain();

    assertThat(lane.awaitDrained(Duration.ofSeconds(20))).isTrue();
    assertThat(bugs).isEmpty();
    assertThat(drafts.getCount()).isZero();
  }
}
