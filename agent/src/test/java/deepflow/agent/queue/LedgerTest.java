package deepflow.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.frame.LinkMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What the queue says of all spans that came to it, against what it told their senders.
class LedgerTest {
  private static final int SPANS = QueueFixture.entry(0, 100).spans();
  private static final int ROUNDS = Boolean.getBoolean("deepflow.long") ? 2_000 : 60;

  @Test
  void countsEverySpanOnceHoweverOftenItIsKilled() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(seed + round);
      QueueFixture fixture = new QueueFixture(random.nextLong());
      List<Long> durable = new ArrayList<>();
      int acknowledged = 0;
      for (int step = 0; step < 40; step++) {
        switch (random.nextInt(6)) {
          case 0, 1, 2 -> {
            for (int n = random.nextInt(4); n >= 0; n--) {
              durable.add(QueueFixture.batch(fixture.admission(durable.size(), 2000)));
            }
          }
          case 3 -> {
            acknowledged += random.nextInt(durable.size() - acknowledged + 1);
            if (acknowledged > 0) {
              fixture.queue.acknowledge(durable.get(acknowledged - 1));
            }
          }
          case 4 -> fixture.clock.pass(Duration.ofSeconds(random.nextInt(10)));
          default -> {
            if (random.nextBoolean()) {
              fixture.disk.losePower();
              fixture.open();
            } else {
              fixture.restart();
            }
            if (acknowledged > 0) { // a server's welcome
              fixture.queue.acknowledge(durable.get(acknowledged - 1));
            }
          }
        }
        LinkMessage.Report report = fixture.queue.report();
        assertThat(report.accepted())
            .as("tests.seed=%s round %s step %s", seed, round, step)
            .isEqualTo((long) durable.size() * SPANS);
        assertThat(report.covered())
            .as("tests.seed=%s round %s step %s", seed, round, step)
            .isEqualTo((long) acknowledged * SPANS);
      }
    }
  }

  @Test
  void countsResendsAndRefusalsOverRestarts() throws Exception {
    QueueFixture fixture = new QueueFixture(7);
    fixture.offer(0, 3);
    fixture.admission(1, 2000);
    fixture.queue.refused(5);
    fixture.queue.busy(3);
    fixture.queue.refusedRequest();
    fixture.queue.sentUnacknowledged(11);
    fixture.restart();
    fixture.admission(2, 2000);

    LinkMessage.Report report = fixture.queue.report();
    assertThat(report.resent()).isEqualTo(2L * SPANS);
    assertThat(report.invalid()).isEqualTo(5);
    assertThat(report.busy()).isEqualTo(3);
    assertThat(report.refusedRequests()).isEqualTo(1);
    assertThat(report.unacknowledged()).isEqualTo(11);
    assertThat(report.accepted()).isEqualTo(3L * SPANS);
    assertThat(report.queued()).isEqualTo(3L * SPANS);
  }

  @Test
  void countsWhatTheDiskDamagedOnceItIsPassed() throws Exception {
    QueueFixture fixture = new QueueFixture(8);
    fixture.offer(0, 1);
    long end = fixture.disk.open(fixture.segments().getFirst()).size();
    fixture.offer(1, 1);
    long last = fixture.offer(2, 1);
    fixture.disk.damage(fixture.segments().getFirst(), end, new byte[500]);

    assertThat(fixture.numbers()).hasSize(2);
    assertThat(fixture.queue.report().damaged()).isZero();
    fixture.queue.acknowledge(last);

    for (int start = 0; start < 2; start++) {
      LinkMessage.Report report = fixture.queue.report();
      assertThat(report.damaged()).isEqualTo(SPANS);
      assertThat(report.covered()).isEqualTo(3L * SPANS);
      assertThat(report.queued()).isZero();
      fixture.restart();
    }
  }

  @Test
  void beginsAnewWhenItsFileIsDamaged() throws Exception {
    QueueFixture fixture = new QueueFixture(9);
    fixture.offer(0, 3);
    fixture.queue.close();
    fixture.disk.damage(Ledger.FILE, 20, new byte[8]);
    fixture.open();

    assertThat(fixture.queue.report().accepted()).isEqualTo(3L * SPANS);
  }
}
