package deepflow.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Thousands of lives of a queue on a disk that does what disks do: half of them on a disk that
/// only forgets and fails, half on one that damages, too. `-Ddeepflow.lives=` says how many,
/// `-Ddeepflow.long=true` means 40,000; `-Dtests.seed=` runs one of each.
class DiskFaultSimulationTest {
  private static final int LIVES =
      Integer.getInteger("deepflow.lives", Boolean.getBoolean("deepflow.long") ? 40_000 : 2_000)
          / 2;

  @Test
  void losesNothingAndRepeatsNothingWhenProcessesAreKilledAndPowerFails() throws Exception {
    run(false);
  }

  @Test
  void losesOnlyWhatTheDiskDamagedAndCountsIt() throws Exception {
    run(true);
  }

  /// The cut of what could not be written has to last before its resend is accepted.
  @Test
  void aRefusedBatchThatAPowerLossBringsBackIsNotSentBesideItsResend() throws IOException {
    for (int seed = 0; seed < 500; seed++) {
      SimulatedQueue queue = new SimulatedQueue(seed, /* damage= */ false);
      queue.start();
      for (int i = 0; i < 3; i++) {
        offerAndWrite(queue, 1);
        queue.clock.pass(Duration.ofSeconds(2));
        queue.deliver(Integer.MAX_VALUE);
      }
      queue.faults = true;
      queue.disk.syncFailures = 1;
      offerAndWrite(queue, 1);
      queue.disk.syncFailures = 0;
      queue.stop(/* losePower= */ false);
      queue.start();
      offerAndWrite(queue, 10);
      queue.stop(/* losePower= */ true);
      queue.start();
      queue.deliver(Integer.MAX_VALUE);
      queue.checkLedger();
    }
  }

  private static void offerAndWrite(SimulatedQueue queue, int requests) {
    for (int i = 0; i < requests; i++) {
      queue.offer();
    }
    queue.write();
  }

  private static void run(boolean damage) throws IOException {
    Long one = Long.getLong("tests.seed");
    long first = one == null ? System.nanoTime() : one;
    long requests = 0;
    long lost = 0;
    double repeated = 0;
    double damaged = 0;
    for (int i = 0; i < (one == null ? LIVES : 1); i++) {
      SimulatedQueue queue = new SimulatedQueue(first + i, damage);
      live(queue, new Random(first + i), damage);
      requests += queue.acknowledgedRequests();
      lost += queue.lostRequests();
      repeated += queue.repeated;
      damaged += queue.damagedBatches;
    }
    System.out.printf(
        "%s lives%s from tests.seed=%s: %s requests acknowledged, %s lost to damage, %s batches"
            + " counted as damaged%n",
        one == null ? LIVES : 1,
        damage ? " with damage" : "",
        first,
        requests,
        lost,
        (long) damaged);
    // The run proves nothing unless faults met enough traffic.
    assertThat(requests).isPositive();
    if (one == null) {
      assertThat(requests).isGreaterThan(8L * LIVES);
      assertThat(repeated).isGreaterThan(LIVES);
      assertThat(damaged > LIVES / 20.0).isEqualTo(damage);
    }
  }

  private static void live(SimulatedQueue queue, Random random, boolean damage) throws IOException {
    queue.start();
    for (int step = random.nextInt(20, 120); step > 0; step--) {
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3, 4 -> queue.offer();
        case 5, 6, 7, 8 -> queue.write();
        case 9, 10 -> queue.deliver(random.nextInt(6));
        case 11 -> queue.offerAcknowledged();
        case 12 -> queue.clock.pass(Duration.ofMillis(random.nextInt(2000)));
        case 13 -> {
          weather(queue.disk, random, damage);
          queue.faults |= queue.disk.room < Long.MAX_VALUE || queue.disk.syncFailures > 0;
        }
        case 14 -> {
          if (damage && random.nextInt(3) == 0) {
            queue.disk.flipBit(random.nextInt(8) == 0 ? "" : Segment.SUFFIX);
          }
        }
        case 15 -> restart(queue, random);
        default -> throw new AssertionError();
      }
    }
    queue.disk.room = Long.MAX_VALUE;
    queue.disk.syncFailures = 0;
    queue.disk.readFailures = 0;
    restart(queue, random);
    queue.deliver(Integer.MAX_VALUE);
    queue.checkLedger();
  }

  /// Changes what the disk fails at.
  private static void weather(FaultyDisk disk, Random random, boolean damage) {
    disk.room = random.nextInt(3) == 0 ? random.nextInt(10_000) : Long.MAX_VALUE;
    disk.syncFailures = random.nextInt(3) == 0 ? random.nextInt(1, 8) : 0;
    // A read that fails again and again is damage, whatever is on the disk.
    disk.readFailures = damage && random.nextInt(6) == 0 ? random.nextInt(2, 20) : 0;
  }

  private static void restart(SimulatedQueue queue, Random random) {
    queue.stop(random.nextBoolean());
    for (int tries = 0; !queue.start(); tries++) {
      assertThat(tries).as("refused to start").isLessThan(100);
      queue.disk.room = Long.MAX_VALUE;
      queue.disk.syncFailures = 0;
    }
  }
}
