package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RepeatedTracesTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final int BLOCKS_IN_DAY = 24;

  /// What rollups took is forgotten after days in which nothing came; a year's blocks must not be
  /// looked at before the first question is answered.
  @Test
  void looksAtOneDayAtMost() throws Exception {
    Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(30)),
        InstantSource.system(),
        new Random(1));
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.blocks (block_time, block_id) WITH"
                    + " toUnixTimestamp(now()) - 864000 - number * 3600 AS second"
                    + " SELECT toDateTime(second, 'UTC'), second * 1000000000 FROM numbers({blocks:UInt32})"
                        .replace("{blocks:UInt32}", Integer.toString(5 * BLOCKS_IN_DAY))));
    var looks = new AtomicInteger();
    var counted =
        new ForwardingClickHouse(engine.clickHouse()) {
          @Override
          public void execute(Query statement) throws ClickHouseException {
            looks.incrementAndGet();
            super.execute(statement);
          }
        };

    assertThat(new RepeatedTraces(counted).between(0, Long.MAX_VALUE)).isFalse();
    assertThat(looks.get()).isBetween(1, BLOCKS_IN_DAY + 1);
  }

  @Test
  void areNotedToTheEndThoughTheQuestionIsGivenUp() throws Exception {
    Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(30)),
        InstantSource.system(),
        new Random(1));
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.blocks (block_time, block_id)"
                    + " SELECT now(), toUnixTimestamp(now()) * 1000000000"));
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var written = new CountDownLatch(1);
    var slow =
        new ForwardingClickHouse(engine.clickHouse()) {
          @Override
          public void execute(Query statement) throws ClickHouseException {
            begun.countDown();
            awaitUninterrupted(goOn);
            super.execute(statement);
            written.countDown();
          }
        };
    var repeated = new RepeatedTraces(slow);
    var failure = new CompletableFuture<Throwable>();
    Thread question =
        Thread.ofPlatform()
            .start(
                () -> failure.complete(catchThrowable(() -> repeated.between(0, Long.MAX_VALUE))));
    begun.await();
    question.interrupt();

    assertThat(failure.get(20, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> assertThat(e.kind()).isEqualTo(ClickHouseException.Kind.BUSY));
    goOn.countDown();
    assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("the write was interrupted", e);
    }
  }
}
