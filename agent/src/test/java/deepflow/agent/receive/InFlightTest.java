package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.wire.otlp.OtlpJson;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private static final long MIB = 1 << 20;

  /// Of usual requests, in MiB.
  private static final int ROOM = 12;

  /// A sender that doesn't go.
  private static final CompletableFuture<Throwable> STAYS = new CompletableFuture<>();

  private final InFlight inFlight =
      new InFlight(256 * MIB, Duration.ofSeconds(1), System::nanoTime);
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void stopTheClock() {
    clock.shutdownNow();
  }

  @Test
  void usualRequestsNeverHoldMoreThanTheirPartTogether() throws Exception {
    List<InFlight.Share> shares = new ArrayList<>();
    for (int i = 0; i < ROOM; i++) {
      shares.add(open(MIB));
    }
    InFlight.Share late = inFlight.open();

    assertThatThrownBy(() -> late.take(1))
        .isInstanceOfSatisfying(
            NotTakenException.class,
            busy -> assertThat(busy.answer()).isInstanceOf(Answer.Busy.class));

    shares.getFirst().close();
    late.take(MIB);
    assertThat(inFlight.bytes()).isEqualTo(ROOM * MIB);
  }

  @Test
  void aLargeRequestFindsRoomAmongManyUsualOnesAndTheyBesideIt() throws Exception {
    for (int i = 0; i < ROOM - 1; i++) {
      open(MIB);
    }
    open(MIB).take(199 * MIB);

    open(MIB);
    assertThat(inFlight.bytes()).isEqualTo((ROOM - 1 + 200 + 1) * MIB);
  }

  @Test
  void aRequestGivesBackWhatItHadAsAUsualOne() throws Exception {
    InFlight.Share growing = open(3 * MIB);
    growing.take(50 * MIB);
    growing.release(40 * MIB);
    growing.close();
    growing.close();

    assertThat(inFlight.bytes()).isZero();
    assertThat(inFlight.requests()).isZero();
    for (int i = 0; i < ROOM; i++) {
      open(MIB);
    }
  }

  @Test
  void aRequestThatNeverFitsIsRefusedForGood() {
    assertThatThrownBy(() -> inFlight.open().take(245 * MIB))
        .isInstanceOfSatisfying(
            NotTakenException.class,
            refused -> assertThat(refused.answer()).isInstanceOf(Answer.Refused.class));
  }

  @Test
  void theLeastThatIsAskedForHoldsTheLargestRequest() throws Exception {
    InFlight least =
        new InFlight(ReceiverConfig.inFlightBytesMin(64 << 20), Duration.ZERO, System::nanoTime);

    least.open().take(2 * 64 * MIB + OtlpJson.bytesMax(64 << 20));
  }

  @Test
  void aUsualRequestWaitsForItsTurnAndHasItsRoomThen() throws Exception {
    List<InFlight.Share> shares = full();
    InFlight.Share first = inFlight.open();
    InFlight.Share second = inFlight.open();

    CompletableFuture<Void> firstTurn = first.enter(2 * MIB, STAYS, clock);
    CompletableFuture<Void> secondTurn = second.enter(MIB, STAYS, clock);
    shares.removeFirst().close();
    assertThat(firstTurn).isNotDone();
    assertThat(secondTurn).as("enough for the second, which came later").isNotDone();
    shares.removeFirst().close();

    assertThat(firstTurn).isCompleted();
    assertThat(secondTurn).isNotDone();
    first.take(2 * MIB);
    first.close();
    assertThat(secondTurn).isCompleted();
  }

  @Test
  void whoseTurnDoesNotComeIsToldToComeBackAndTheOneBehindIsServed() throws Exception {
    List<InFlight.Share> shares = full();
    CompletableFuture<Void> hopeless = inFlight.open().enter(3 * MIB, STAYS, clock);
    CompletableFuture<Void> modest = inFlight.open().enter(MIB, STAYS, clock);
    shares.removeFirst().close();

    assertThatThrownBy(() -> hopeless.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(NotTakenException.class);
    modest.get(10, TimeUnit.SECONDS);
    assertThat(inFlight.waiting()).isZero();
  }

  @Test
  void aRequestWhoseSenderIsGoneLeavesTheLineAtOnceAndTheOneBehindIsServed() throws Exception {
    List<InFlight.Share> shares = full();
    CompletableFuture<Throwable> gone = new CompletableFuture<>();
    CompletableFuture<Void> left = inFlight.open().enter(3 * MIB, gone, clock);
    CompletableFuture<Void> behind = inFlight.open().enter(MIB, STAYS, clock);
    shares.removeFirst().close();
    assertThat(behind).isNotDone();

    gone.complete(new IOException("reset"));

    assertThatThrownBy(left::get).hasCauseInstanceOf(SenderGoneException.class);
    assertThat(behind).isCompleted();
    assertThat(inFlight.waiting()).isZero();
  }

  @Test
  void theMoreComeInVainTheLaterTheyAreToldToComeBack() throws Exception {
    AtomicLong now = new AtomicLong();
    RetryAfter retryAfter = new RetryAfter(now::get);
    List<Duration> told = new ArrayList<>();
    for (int second = 0; second < 5; second++) {
      retryAfter.taken();
      told.add(retryAfter.inVain());
      now.addAndGet(1_000_000_000);
    }
    assertThat(told).isSorted().startsWith(Duration.ofSeconds(1));
    assertThat(told.getLast()).isBetween(Duration.ofSeconds(16), Duration.ofSeconds(24));
    assertThat(Stream.generate(retryAfter::inVain).limit(50).distinct())
        .as("not all at once")
        .hasSizeGreaterThan(3);

    for (int second = 0; second < 8; second++) {
      IntStream.range(0, 100).forEach(_ -> retryAfter.taken());
      now.addAndGet(1_000_000_000);
    }
    assertThat(retryAfter.inVain()).as("when few come in vain").isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aRushOfLongAgoSendsNobodyAwayForLong() {
    AtomicLong now = new AtomicLong();
    RetryAfter retryAfter = new RetryAfter(now::get);
    for (int second = 0; second < 5; second++) {
      retryAfter.inVain();
      now.addAndGet(1_000_000_000);
    }
    now.addAndGet(Duration.ofMinutes(1).toNanos());

    assertThat(retryAfter.inVain()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void aLongLineIsNotMadeLonger() throws Exception {
    full();
    for (int i = 0; i < WaitingLine.LENGTH_MAX; i++) {
      assertThat(inFlight.open().enter(MIB, STAYS, clock)).isNotDone();
    }

    assertThat(inFlight.open().enter(MIB, STAYS, clock)).isCompletedExceptionally();
  }

  @Test
  void aRequestThatDoesNotSayItsLengthWaitsForAsMuchAsOthersTook() throws Exception {
    for (int i = 0; i < 50; i++) {
      open(2 * MIB).close();
    }
    InFlight.Share unknown = inFlight.open();

    unknown.enter(-1, STAYS, clock).get(10, TimeUnit.SECONDS);

    assertThat(inFlight.bytes()).isBetween(MIB, 2 * MIB);
  }

  @Test
  void manyThreadsLoseNoTurnAndNoByte() throws Exception {
    List<Future<@Nullable Void>> senders = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < WaitingLine.LENGTH_MAX; i++) {
        Random random = new Random(i);
        senders.add(threads.submit(() -> comeAndGo(random)));
      }
    }
    for (Future<@Nullable Void> sender : senders) {
      sender.get();
    }
    assertThat(inFlight.bytes()).isZero();
    assertThat(inFlight.waiting()).isZero();
    assertThat(inFlight.requests()).isZero();
  }

  private @Nullable Void comeAndGo(Random random) throws Exception {
    for (int round = 0; round < 200; round++) {
      try (InFlight.Share share = inFlight.open()) {
        long bytes = random.nextLong(3 * MIB);
        share.enter(bytes, STAYS, clock).get();
        share.take(bytes);
      }
    }
    return null;
  }

  /// As many requests of a MiB as have room.
  private List<InFlight.Share> full() throws NotTakenException {
    List<InFlight.Share> shares = new ArrayList<>();
    for (int i = 0; i < ROOM; i++) {
      shares.add(open(MIB));
    }
    return shares;
  }

  private InFlight.Share open(long bytes) throws NotTakenException {
    InFlight.Share share = inFlight.open();
    share.take(bytes);
    return share;
  }
}
