package deepflow.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// What went wrong in other disk queues, by the number of its report: in Vector, and in the
/// collector's (contrib).
@Timeout(120)
class KnownFailuresTest {
  private final QueueFixture fixture = new QueueFixture(/* seed= */ 42);

  /// A file was removed before the ledger knew it: after a crash Vector started, failed, and
  /// started again.
  @Test
  void vector25570_startsAfterACrashAnywhereAroundARemoval() throws Exception {
    for (int seed = 0; seed < 300; seed++) {
      QueueFixture crashing = new QueueFixture(seed);
      long last = crashing.offer(0, 12);
      long acknowledged = last - seed % 8;
      crashing.queue.acknowledge(acknowledged);
      if (seed % 3 == 0) {
        crashing.offer(100, 1);
      }
      crashing.disk.losePower();
      crashing.open();

      assertThat(crashing.numbers())
          .as("seed %s", seed)
          .containsAll(numbers(acknowledged + 1, last))
          .isSorted();
      assertThat(crashing.admission(999, 100)).isInstanceOf(Admission.Durable.class);
    }
  }

  @Test
  void vector17644_isNotStuckBehindWhatWasDamagedBeforeItsEyes() throws Exception {
    long first = fixture.offer(0, 1);
    try (BatchCursor cursor = fixture.queue.cursor()) {
      assertThat(next(cursor)).isEqualTo(first);
      long end = fixture.disk.open(fixture.segments().getFirst()).size();
      fixture.offer(1, 1);
      fixture.disk.damage(fixture.segments().getFirst(), end, new byte[2000]);
      assertThat(cursor.next(Duration.ZERO)).isNull();

      long third = fixture.offer(2, 1);

      assertThat(next(cursor)).isEqualTo(third);
      assertThat(fixture.count("damaged.batches")).isEqualTo(1);
      assertThat(fixture.count("damaged.spans")).isEqualTo(7);
    }
  }

  /// Also #16231: the ledger had gone further than the data.
  @Test
  void vector16463_goesOnWhenThePositionIsAheadOfTheData() throws Exception {
    long last = fixture.offer(0, 6);
    fixture.queue.acknowledge(last - 5);
    fixture.clock.pass(Duration.ofSeconds(2));
    fixture.queue.acknowledge(last - 5);
    List<String> segments = fixture.segments();
    fixture.queue.close();
    fixture.disk.delete(segments.getLast());
    fixture.open();

    List<Long> left = fixture.numbers();
    long after = fixture.offer(50, 1);

    assertThat(left).isNotEmpty().isSubsetOf(numbers(last - 5, last));
    assertThat(after).isGreaterThan(last);
    assertThat(fixture.numbers()).endsWith(after).hasSize(left.size() + 1);
    assertThat(fixture.count("damaged.batches")).isEqualTo(6.0 - left.size());
    fixture.queue.acknowledge(after);
    assertThat(fixture.queue.acknowledged()).isEqualTo(after);
  }

  /// Vector's files were numbered in 16 bits, and its reader waited for the one before the turn.
  @Test
  @EnabledIfSystemProperty(named = "deepflow.long", matches = "true")
  void vector19759_goesOnPast65536Segments() throws Exception {
    try (BatchCursor cursor = fixture.queue.cursor()) {
      for (int i = 0; i < 66_000; i++) {
        // Larger than a segment should be, so a segment each.
        long number = QueueFixture.batch(fixture.admission(i, 9000));
        assertThat(next(cursor)).isEqualTo(number);
        fixture.queue.acknowledge(number);
        fixture.clock.pass(Duration.ofSeconds(20));
      }
    }
    assertThat(fixture.segments()).hasSizeLessThan(3);
    fixture.restart();
    assertThat(fixture.admission(-1, 100)).isInstanceOf(Admission.Durable.class);
  }

  @Test
  void vector22946_givesAWaitingReaderABatchBeforeTheNextOneComes() throws Exception {
    try (BatchCursor cursor = fixture.queue.cursor()) {
      CompletableFuture<Long> reader =
          CompletableFuture.supplyAsync(() -> {
            try {
              return next(cursor);
            } catch (IOException unread) {
              throw new AssertionError(unread);
            }
          });
      Thread.sleep(100);

      long number = fixture.offer(0, 1);

      assertThat(reader.join()).isEqualTo(number);
    }
  }

  @Test
  void vector25795_takesARecordLargerThanASegmentAndReadsItAgain() throws Exception {
    long small = fixture.offer(0, 1);
    long large = QueueFixture.batch(fixture.admission(1, 60_000));
    long next = fixture.offer(2, 1);
    fixture.restart();

    assertThat(fixture.numbers()).containsExactly(small, large, next);
  }

  /// The torn record, the empty one, the one of zeros.
  @Test
  void vectorKnownErrors_startsWithATailTornAtAnyByte() throws Exception {
    fixture.admission(0, 100);
    long last = QueueFixture.batch(fixture.admission(1, 100));
    String name = fixture.segments().getFirst();
    int whole = (int) fixture.disk.open(name).size();
    ByteBuffer bytes = ByteBuffer.allocate(whole);
    fixture.disk.open(name).read(bytes, 0);
    for (int torn = SegmentHeader.BYTES; torn < whole; torn++) {
      QueueFixture other = new QueueFixture(/* seed= */ 42);
      other.admission(0, 100);
      other.admission(1, 100);
      other.queue.close();
      other.disk.delete("position");
      other.disk.open(name).truncate(torn);
      if (torn % 2 == 0) {
        other.disk.damage(name, torn, new byte[whole - torn]);
      }
      other.open();

      boolean firstIsWhole = torn >= SegmentHeader.BYTES + (whole - SegmentHeader.BYTES) / 2;
      assertThat(other.numbers())
          .as("torn at %s of %s", torn, whole)
          .isEqualTo(firstIsWhole ? List.of(last - 1) : List.of());
      assertThat(other.admission(9, 100)).isInstanceOf(Admission.Durable.class);
    }
  }

  /// After an upgrade and back the older one can't read what the newer one wrote.
  @Test
  void vector18130_leavesAloneWhatAnotherVersionWroteAndSendsItWhenItCan() throws Exception {
    long last = fixture.offer(0, 3);
    List<Long> before = numbers(last - 2, last);
    String name = fixture.segments().getFirst();
    ByteBuffer ours = ByteBuffer.allocate(SegmentHeader.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    fixture.disk.open(name).read(ours, 0);
    ByteBuffer theirs = ByteBuffer.allocate(SegmentHeader.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    theirs.put(ours.array()).putInt(8, 2);
    theirs.putInt(60, Checksums.crc32c(theirs, 0, 60));
    fixture.disk.damage(name, 0, theirs.array());
    fixture.restart();

    assertThat(fixture.numbers()).isEmpty();
    long after = fixture.offer(10, 1);
    fixture.queue.acknowledge(after);
    assertThat(fixture.segments()).contains(name);

    fixture.disk.damage(name, 0, ours.array());
    fixture.restart();
    assertThat(fixture.numbers()).containsAll(before);
  }

  /// After an outage the collector had lost its oldest hours.
  @Test
  void contrib48635_keepsTheOldestWhenItIsFull() throws Exception {
    long first = fixture.offer(0, 1);
    int taken = 1;
    while (fixture.admission(taken, 3000) instanceof Admission.Durable) {
      taken++;
    }
    for (int i = 0; i < 100; i++) {
      fixture.admission(10_000 + i, 3000);
    }

    assertThat(fixture.numbers()).startsWith(first).hasSize(taken);
  }

  private static long next(BatchCursor cursor) throws IOException {
    StoredBatch batch = cursor.next(Duration.ofSeconds(10));
    if (batch == null) {
      throw new AssertionError("no batch");
    }
    return batch.number();
  }

  private static List<Long> numbers(long from, long to) {
    List<Long> numbers = new ArrayList<>();
    for (long number = from; number <= to; number++) {
      numbers.add(number);
    }
    return numbers;
  }
}
