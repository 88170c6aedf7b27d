package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.clickhouse.block.Block;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.WallClock;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// What is done beside the path of the spans goes on, whatever a round fails of.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RoundsTest {
  @RegisterExtension static final Engine engine = new Engine();

  @TempDir Path aside;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double failed(String work) {
    return registry.get("deepflow.server.rounds.failed").tag("work", work).counter().count();
  }

  /// Fails at the first rollup and the first report in ways that nobody foresees.
  private static final class Failing extends ForwardingClickHouse {
    private final AtomicInteger rollups = new AtomicInteger();
    private final AtomicInteger reports = new AtomicInteger();

    Failing() {
      super(engine.clickHouse());
    }

    @Override
    public Rows query(Query query) throws ClickHouseException {
      if (query.sql().contains("red_1s WHERE correction = 0") && rollups.getAndIncrement() == 0) {
        throw new IllegalStateException("a test wants it so");
      }
      return super.query(query);
    }

    @Override
    public void insert(String sql, Block block) throws ClickHouseException {
      if (sql.contains("deepflow.agent_reports") && reports.getAndIncrement() == 0) {
        throw new OutOfMemoryError("a test wants it so");
      }
      super.insert(sql, block);
    }
  }

  private Ingester start() throws Exception {
    return Ingester.start(
        new IngesterConfig(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            /* tls= */ null,
            Lifetimes.of(Duration.ofDays(3)),
            StoreConfig.METRICS_KEYS,
            /* lanes= */ 1,
            /* blockRows= */ 500,
            /* blockBytes= */ 1 << 20,
            /* flushAfter= */ Duration.ofMillis(5),
            /* queuedBytesMax= */ 1 << 20,
            /* drainMax= */ Duration.ofSeconds(20),
            IngestProcess.PACE,
            /* memoryWaitMax= */ Duration.ofMinutes(1),
            WallClock.TRIAL,
            aside),
        new Failing(),
        LabelSnapshot::empty,
        registry,
        InstantSource.system());
  }

  private static void awaitRows(String table) throws Exception {
    while (Counts.number(engine.clickHouse(), "SELECT count() FROM deepflow." + table) == 0) {
      Thread.sleep(20);
    }
  }

  @Test
  void metricsAndReportsGoOnAfterAFailureThatNobodyForesaw() throws Exception {
    try (Ingester ingester = start();
        LinkAgent link = LinkAgent.connect(ingester.port(), new Identity(11, 1))) {
      link.greet(1);
      link.sendBatch(1);
      link.awaitCommitted(1);
      awaitRows("rollups");
      for (int reported = 1;
          Counts.number(engine.clickHouse(), "SELECT count() FROM deepflow.agent_reports") == 0;
          reported++) {
        link.send(new LinkMessage.Report(reported, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        Thread.sleep(200);
      }

      assertThat(ingester.failure()).isEmpty();
    }
    assertThat(failed("roll up")).isOne();
    assertThat(failed("reports")).isOne();
    assertThat(failed("expiry")).isZero();
  }

  private Rounds rounds(Rounds.Round round) {
    var pauses = new Pauses(Duration.ofSeconds(5), Duration.ofSeconds(60));
    return new Rounds("test", "tests", pauses, round, registry);
  }

  @Test
  void pausesDoubleUpToALimitWhileRoundsFailAndAreUsualAgainAfterASuccess() {
    Queue<Boolean> succeeds =
        new ArrayDeque<>(List.of(false, false, false, false, false, false, true, false, false));
    try (Rounds rounds =
        rounds(() -> {
          if (!succeeds.remove()) {
            throw new IllegalStateException("a test wants it so");
          }
          return false;
        })) {
      List<Long> pauses = new ArrayList<>();
      while (!succeeds.isEmpty()) {
        pauses.add(rounds.run().toSeconds());
      }

      assertThat(pauses).containsExactly(5L, 10L, 20L, 40L, 60L, 60L, 5L, 5L, 10L);
    }
    assertThat(failed("test")).isEqualTo(8);
  }

  @Test
  void aRoundThatLeavesSomethingToDoIsFollowedAtOnce() {
    Queue<Boolean> more = new ArrayDeque<>(List.of(true, false));
    try (Rounds rounds = rounds(more::remove)) {
      assertThat(rounds.run()).isZero();
      assertThat(rounds.run()).hasSeconds(5);
    }
  }

  @Test
  void anInterruptThatARoundSwallowsDoesNotKeepItFromEnding() throws Exception {
    var begun = new CountDownLatch(1);
    Rounds rounds =
        rounds(() -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return true;
        });
    rounds.start(Duration.ZERO);
    begun.await();

    rounds.close();

    assertThat(failed("test")).as("what is broken off has not failed").isZero();
  }
}
