package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Engine;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A day so large that it is dropped for hours.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ExpiringTest {
  @RegisterExtension static final Engine engine = new Engine();

  @TempDir Path aside;

  /// Takes for ever to drop, unless it is interrupted.
  private static final class Slow extends ForwardingClickHouse {
    private final CountDownLatch dropping = new CountDownLatch(1);

    Slow() {
      super(engine.clickHouse());
    }

    @Override
    public void execute(Query statement) throws ClickHouseException {
      if (statement.sql().startsWith("INSERT INTO deepflow.expired ")) {
        dropping.countDown();
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
        }
      }
      super.execute(statement);
    }
  }

  private final Slow slow = new Slow();

  private Ingester start() throws Exception {
    return Ingester.start(
        IngesterConfig.at(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Duration.ofDays(3),
                aside)
            .withClockTrial(Duration.ZERO),
        slow,
        LabelSnapshot::empty,
        new SimpleMeterRegistry(),
        InstantSource.system());
  }

  private void insertOldSpan() throws Exception {
    start().close();
    engine
        .clickHouse()
        .execute(Query.of("INSERT INTO deepflow.spans (block_time) SELECT now() - 864000"));
  }

  @Test
  void keepsNoReportWaitingAndEndsWhenTheServerDoes() throws Exception {
    insertOldSpan();
    Ingester ingester = start();
    slow.dropping.await();
    try (LinkAgent link = LinkAgent.connect(ingester.port(), new Identity(7, 1))) {
      link.greet(1);
      link.send(new LinkMessage.Report(1, 2, 3, 4, 5, 6, 7, 8, 9, 1));
      while (Counts.number(engine.clickHouse(), "SELECT count() FROM deepflow.agent_reports")
          == 0) {
        Thread.sleep(50);
      }
    }

    Thread closing = Thread.ofPlatform().start(ingester::close);
    assertThat(closing.join(Duration.ofSeconds(15))).isTrue();
    assertThat(Counts.number(engine.clickHouse(), "SELECT count() FROM deepflow.spans"))
        .as("it is dropped after the next start")
        .isOne();
    assertThatCode(() -> start().close()).doesNotThrowAnyException();
  }
}
