package deepflow.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.wire.frame.Identity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The queue's promises one by one, on a disk that does as it is told.
@Timeout(30)
class DurableQueueTest {
  private static final QueueConfig CONFIG = QueueFixture.CONFIG;

  private final QueueFixture fixture = new QueueFixture(/* seed= */ 42);
  private final FaultyDisk disk = fixture.disk;
  private final TestClock clock = fixture.clock;
  private DurableQueue queue = fixture.queue;

  @Test
  void answersOnlyAfterTheSync() {
    CompletableFuture<Admission> answer = queue.offer(entry(1));

    assertThat(answer).isNotDone();
    queue.writeGroup();

    assertThat(answer.join()).isInstanceOf(Admission.Durable.class);
  }

  @Test
  void makesOneBatchOfAllThatWaits() {
    List<CompletableFuture<Admission>> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(queue.offer(entry(i, 100)));
    }

    assertThat(queue.writeGroup()).isTrue();

    assertThat(answers).extracting(CompletableFuture::join).containsOnly(answers.getFirst().join());
    assertThat(fixture.registry.get("deepflow.agent.queue.fsync").timer().count()).isEqualTo(1);
  }

  @Test
  void givesAnEntryLargerThanABatchABatchOfItsOwn() throws Exception {
    CompletableFuture<Admission> small = queue.offer(entry(1));
    CompletableFuture<Admission> large = queue.offer(entry(2, 40_000));
    while (queue.writeGroup()) {
      // One batch each.
    }

    assertThat(batch(large)).isEqualTo(batch(small) + 1);
    assertThat(numbers()).containsExactly(batch(small), batch(large));
  }

  @Test
  void letsARepetitionWaitForTheSameSync() {
    CompletableFuture<Admission> first = queue.offer(entry(1));
    CompletableFuture<Admission> again = queue.offer(entry(1));
    assertThat(again).isNotDone();

    queue.writeGroup();

    assertThat(first.join()).isInstanceOf(Admission.Durable.class);
    assertThat(again.join()).isInstanceOf(Admission.Repeated.class);
    assertThat(count("repeated.requests")).isEqualTo(1);
  }

  @Test
  void refusesARepetitionOfWhatWasRefused() {
    disk.syncFailures = 1;
    CompletableFuture<Admission> first = queue.offer(entry(1));
    CompletableFuture<Admission> again = queue.offer(entry(1));

    queue.writeGroup();

    assertThat(first.join()).isInstanceOf(Admission.Busy.class);
    assertThat(again.join()).isInstanceOf(Admission.Busy.class);
  }

  @Test
  void recognisesARepetitionAfterARestartAndAfterItsSegmentIsGone() throws Exception {
    long last = offer(1);
    restart();
    assertThat(admission(0)).isInstanceOf(Admission.Repeated.class);

    queue.acknowledge(last);
    assertThat(disk.names()).noneMatch(name -> name.endsWith(Segment.SUFFIX));
    restart();

    assertThat(admission(0)).isInstanceOf(Admission.Repeated.class);
  }

  @Test
  void forgetsRequestsAfterTenMinutes() throws Exception {
    long last = offer(1);
    restart();
    queue.acknowledge(last);
    clock.pass(Duration.ofMinutes(11));

    assertThat(admission(0)).isInstanceOf(Admission.Durable.class);
    restart();
    queue.acknowledge(queue.durable());
    assertThat(disk.names().stream().filter(name -> name.endsWith(HashSidecar.SUFFIX)))
        .as("the sidecar of the first went with the time")
        .hasSize(1);
  }

  @Test
  void refusesWhenTheCapIsReachedAndTakesAgainWhenTheServerHasIt() throws Exception {
    int taken = 0;
    while (admission(taken, 3000) instanceof Admission.Durable) {
      taken++;
    }

    assertThat(disk.bytes()).isBetween(900_000L, 1L << 20);
    assertThat(admission(9999, 3000))
        .isInstanceOfSatisfying(
            Admission.Busy.class,
            busy -> {
              assertThat(busy.retryAfter()).isPositive();
              assertThat(busy.reason()).contains("full");
            });
    queue.acknowledge(queue.durable());
    clock.pass(Duration.ofSeconds(2));
    assertThat(admission(9999, 3000)).isInstanceOf(Admission.Durable.class);
  }

  @Test
  void refusesOnAFullDiskAndResumesByItself() throws Exception {
    offer(1);
    disk.room = 100;
    assertThat(admission(2)).isInstanceOf(Admission.Busy.class);
    assertThat(queue.notReady()).contains("No space left");

    disk.room = Long.MAX_VALUE;
    clock.pass(Duration.ofSeconds(1));

    assertThat(queue.notReady()).isNull();
    assertThat(admission(2)).isInstanceOf(Admission.Durable.class);
    assertThat(numbers()).hasSize(2);
  }

  @Test
  void sendsWhatFillsTheDiskAfterARestartOnTheFullDisk() throws Exception {
    offer(3);
    disk.room = 0;

    restart();

    assertThat(numbers()).hasSize(3);
    queue.acknowledge(queue.durable());
    assertThat(disk.names()).noneMatch(name -> name.endsWith(Segment.SUFFIX));
  }

  @Test
  void neverTrustsASegmentAfterAFailedSync() throws Exception {
    offer(1);
    disk.syncFailures = 1;
    assertThat(admission(1001)).isInstanceOf(Admission.Busy.class);
    disk.syncFailures = 0;
    clock.pass(Duration.ofSeconds(1));

    assertThat(admission(1001)).isInstanceOf(Admission.Durable.class);

    assertThat(disk.names().stream().filter(name -> name.endsWith(Segment.SUFFIX))).hasSize(2);
    List<Long> before = numbers();
    assertThat(before).hasSize(2);
    disk.losePower();
    queue = fixture.open();
    assertThat(numbers()).isEqualTo(before);
  }

  @Test
  void losesOnlyTheBatchWhosePayloadIsDamagedAndCountsItsSpans() throws Exception {
    long first = offer(5) - 4;
    disk.damage(segment(), SegmentHeader.BYTES + RecordHeader.BYTES + 16 + 30, new byte[8]);

    assertThat(numbers()).containsExactly(first + 1, first + 2, first + 3, first + 4);

    assertThat(count("damaged.batches")).isEqualTo(1);
    assertThat(count("damaged.spans")).isEqualTo(7);
    assertThat(numbers()).as("read again, it is not counted again").hasSize(4);
    assertThat(count("damaged.batches")).isEqualTo(1);
  }

  @Test
  void losesOnlyTheBatchWhoseHeaderIsDamagedAndCountsItsSpans() throws Exception {
    long first = offer(1);
    long at = SegmentHeader.BYTES + recordBytes();
    offer(2, 4);
    disk.damage(segment(), at, new byte[RecordHeader.BYTES]);
    restart();

    assertThat(numbers()).containsExactly(first, first + 2, first + 3, first + 4);

    assertThat(count("damaged.batches")).isEqualTo(1);
    assertThat(count("damaged.spans")).isEqualTo(7);
  }

  @Test
  void countsADamagedBatchAtTheEndBeforeAnythingFollowsIt() throws Exception {
    long first = offer(1);
    long at = SegmentHeader.BYTES + recordBytes();
    offer(1, 1);
    disk.damage(segment(), at, new byte[RecordHeader.BYTES]);
    restart();

    assertThat(numbers()).containsExactly(first);
    assertThat(count("damaged.batches")).isEqualTo(1);

    offer(2, 1);
    assertThat(numbers()).hasSize(2);
    assertThat(count("damaged.batches")).as("counted once").isEqualTo(1);
  }

  @Test
  void losesNothingWhenAHeaderOfASegmentOrTheIdentityFileIsDamaged() throws Exception {
    offer(3);
    Identity identity = queue.identity();
    disk.damage(segment(), 0, new byte[SegmentHeader.BYTES]);
    restart();
    assertThat(numbers()).hasSize(3);
    offer(100, 3);

    disk.damage(QueueIdentity.FILE, 0, new byte[48]);
    restart();

    assertThat(queue.identity()).isEqualTo(identity);
    assertThat(numbers()).hasSize(6).isSorted();
  }

  @Test
  void losesNothingWhenTheIdentityFileAndAllHeadersOfSegmentsAreDamaged() throws Exception {
    offer(6);
    long last = numbers().getLast();
    Identity identity = queue.identity();
    disk.damage(QueueIdentity.FILE, 0, new byte[48]);
    disk.names().stream()
        .filter(name -> name.endsWith(Segment.SUFFIX))
        .forEach(name -> disk.damage(name, 0, new byte[SegmentHeader.BYTES]));
    restart();

    assertThat(queue.identity()).isNotEqualTo(identity);
    assertThat(numbers()).hasSize(6).isSorted();
    assertThat(offer(100, 3)).isGreaterThan(last);
    restart();
    assertThat(numbers()).hasSize(9).isSorted();
  }

  @Test
  void neverGivesANumberTwiceWhateverWasLost() throws Exception {
    long before = offer(3);
    disk.names().stream().filter(name -> name.endsWith(Segment.SUFFIX)).forEach(disk::delete);
    restart();
    long after = offer(100, 1);
    assertThat(after).isGreaterThan(before);

    disk.damage(QueueIdentity.FILE, 0, new byte[48]);
    restart();

    assertThat(offer(200, 1)).isGreaterThan(after);
  }

  @Test
  void cutsATornTailAndGoesOn() throws Exception {
    offer(2);
    String name = segment();
    long end = disk.open(name).size();
    disk.damage(name, end, new byte[500]);
    restart();

    assertThat(numbers()).hasSize(2);

    assertThat(count("cut.tails")).isEqualTo(1);
    assertThat(disk.open(name).size()).isEqualTo(end);
    restart();
    assertThat(count("cut.tails")).as("judged once").isZero();
  }

  /// A process that stored nothing has started since, so nothing says how far that epoch went.
  @Test
  void countsEachRecordOfAnEarlierProcessWhenAllTheirHeadersAreDamaged() throws Exception {
    offer(2);
    String name = segment();
    long end = disk.open(name).size();
    long second = SegmentHeader.BYTES + (end - SegmentHeader.BYTES) / 2;
    restart();
    disk.delete("position");
    byte[] damage = {1, 2, 3};
    disk.damage(name, SegmentHeader.BYTES + Integer.BYTES, damage);
    disk.damage(name, second + Integer.BYTES, damage);
    restart();

    assertThat(numbers()).isEmpty();
    assertThat(count("cut.tails")).isEqualTo(2);
  }

  @Test
  void countsWhatWasDamagedBeforeASegmentOfWhichNothingIsLeftHoweverOftenItStarts()
      throws Exception {
    fixture.offer(0, 4);
    List<String> segments = fixture.segments();
    assertThat(segments).hasSize(2);
    byte[] zeros = new byte[RecordHeader.BYTES];
    disk.damage(segments.getFirst(), thirdRecord(segments.getFirst()), zeros);
    disk.damage(segments.getLast(), SegmentHeader.BYTES, zeros);

    for (int starts = 0; starts < 3; starts++) {
      disk.kill();
      fixture.open();
    }

    assertThat(fixture.numbers()).hasSize(2);
    assertThat(fixture.count("damaged.batches")).isEqualTo(1);
    fixture.queue.acknowledge(Long.MAX_VALUE);
    assertThat(fixture.segments()).isEmpty();
  }

  private long thirdRecord(String segment) throws IOException {
    try (DiskFile file = disk.open(segment)) {
      return file.size() - (file.size() - SegmentHeader.BYTES) / 3;
    }
  }

  @Test
  void startsOverFilesThatAreEmptyForeignOrNoneOfOurs() throws Exception {
    offer(1);
    for (String name :
        new String[] {
          Segment.nameOf(5_000_000_000_001L) + Segment.SUFFIX,
          "9999999999999999999.segment",
          "x.segment",
          "readme.txt",
          "0000001000000000009.hashes"
        }) {
      disk.create(name).close();
    }
    byte[] foreign = new SegmentHeader(new Identity(1, 1), 1, 3_000_000_000_001L).toBytes().array();
    disk.create(Segment.nameOf(3_000_000_000_001L) + Segment.SUFFIX).close();
    disk.damage(Segment.nameOf(3_000_000_000_001L) + Segment.SUFFIX, 0, foreign);

    restart();

    assertThat(numbers()).hasSize(1);
    assertThat(admission(77)).isInstanceOf(Admission.Durable.class);
  }

  @Test
  void countsASegmentThatSomebodyDeletedAsDamagedAndGoesOn() throws Exception {
    long first = offer(6) - 5;
    assertThat(disk.names().stream().filter(name -> name.endsWith(Segment.SUFFIX)).count())
        .isGreaterThan(1);
    disk.delete(segment());

    List<Long> left = numbers();

    assertThat(left).isNotEmpty().doesNotContain(first);
    assertThat(count("damaged.batches")).isEqualTo(6.0 - left.size());
  }

  @Test
  void remembersTheStoreUntilItsFileIsDeleted() throws Exception {
    assertThat(queue.store()).isNull();
    queue.rememberStore(new Identity(1, 2));
    restart();
    assertThat(queue.store()).isEqualTo(new Identity(1, 2));

    disk.delete("store");

    assertThat(queue.store()).isNull();
  }

  @Test
  void saysThatAnotherAgentHasTheDirectory(@TempDir Path directory) throws Exception {
    try (DurableQueue _ = DurableQueue.open(directory, CONFIG, clock, fixture.registry)) {
      assertThatThrownBy(
              () -> DurableQueue.open(directory, CONFIG, clock, new SimpleMeterRegistry()))
          .isInstanceOf(QueueInUseException.class)
          .hasMessageContaining(directory.toString())
          .hasMessageContaining("in use by another agent");
    }
    DurableQueue.open(directory, CONFIG, clock, new SimpleMeterRegistry()).close();
  }

  @Test
  void answersAllThatWaitsWhenItIsClosed(@TempDir Path directory) throws Exception {
    DurableQueue real = DurableQueue.open(directory, CONFIG, clock, new SimpleMeterRegistry());
    List<CompletableFuture<Admission>> answers = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      answers.add(real.offer(entry(i)));
    }

    real.close();

    assertThat(answers).allMatch(CompletableFuture::isDone);
    assertThat(answers)
        .extracting(CompletableFuture::join)
        .doesNotHaveAnyElementsOfTypes(Admission.Busy.class);
    assertThat(real.offer(entry(99)).join()).isInstanceOf(Admission.Busy.class);
  }

  @Test
  void countsWhatTheServerHasAfterAnInterruptThatClosedItsFile(@TempDir Path directory)
      throws Exception {
    var registry = new SimpleMeterRegistry();
    try (DurableQueue real = DurableQueue.open(directory, CONFIG, clock, registry)) {
      real.acknowledge(batch(real.offer(entry(1))));
      long last = batch(real.offer(entry(2)));

      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> real.acknowledge(last))
          .isInstanceOf(ClosedByInterruptException.class);
      assertThat(Thread.interrupted()).isTrue();
      real.acknowledge(last);

      assertThat(registry.get("deepflow.agent.queue.batches").gauge().value()).isZero();
      assertThat(real.acknowledged()).isEqualTo(last);
    }
  }

  private void restart() throws IOException {
    fixture.restart();
    queue = fixture.queue;
  }

  private long offer(int count) {
    return fixture.offer(0, count);
  }

  private long offer(int from, int count) {
    return fixture.offer(from, count);
  }

  private Admission admission(int id) {
    return fixture.admission(id, 2000);
  }

  private Admission admission(int id, int bytes) {
    return fixture.admission(id, bytes);
  }

  private static long batch(CompletableFuture<Admission> answer) {
    return QueueFixture.batch(answer.join());
  }

  private List<Long> numbers() throws IOException {
    return fixture.numbers();
  }

  private String segment() {
    return fixture.segments().getFirst();
  }

  /// Of the first segment's only record.
  private long recordBytes() throws IOException {
    return disk.open(segment()).size() - SegmentHeader.BYTES;
  }

  private double count(String name) {
    return fixture.count(name);
  }

  private static Entry entry(int id) {
    return QueueFixture.entry(id, 2000);
  }

  private static Entry entry(int id, int bytes) {
    return QueueFixture.entry(id, bytes);
  }
}
