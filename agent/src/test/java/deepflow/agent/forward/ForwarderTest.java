package deepflow.agent.forward;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.agent.forward.FakeServer.Mood;
import deepflow.agent.queue.Admission;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Hash128;
import deepflow.agent.queue.QueueConfig;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ForwarderTest {
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final Duration PROBE = Duration.ofMillis(50);

  @TempDir Path directory;
  private final Random random = new Random(SEED);
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private DurableQueue queue;

  /// After so much of it a server is taken for dead.
  private Duration silence = Duration.ofMillis(500);

  @BeforeEach
  void openQueue() throws Exception {
    queue =
        DurableQueue.open(directory, QueueConfig.ofCapacity(64 << 20), Clock.systemUTC(), registry);
  }

  @AfterEach
  void closeQueue() throws Exception {
    queue.close();
  }

  @Test
  void sendsEachBatchOnceAndInOrder() throws Exception {
    silence = SOON; // a slow machine is no reason to send again
    try (FakeServer server = FakeServer.start();
        Forwarder _ = forwarder(server)) {
      long last = offer(50);

      await(() -> queue.acknowledged() == last);

      assertThat(numbers(server.committed())).isSorted().doesNotHaveDuplicates();
      assertThat(server.received()).hasSameSizeAs(server.committed());
      assertThat(count("deepflow.agent.forward.resent.batches")).isZero();
    }
  }

  @Test
  void sendsAgainByteForByteWhatWasNotAcknowledgedBeforeABreak() throws Exception {
    try (FakeServer server = FakeServer.start()) {
      server.does(number ->
          number % 7 == 0 && random.nextInt(3) > 0 ? Mood.CUT_THE_CONNECTION : Mood.COMMIT);
      try (Forwarder _ = forwarder(server)) {
        long last = offer(100);

        await(() -> queue.acknowledged() == last);
      }

      assertThat(numbers(server.committed())).as("seed %s", SEED).isSorted();
      assertThat(numbers(server.committed())).as("seed %s", SEED).doesNotHaveDuplicates();
      assertThat(server.received().size()).isGreaterThan(server.committed().size());
      for (byte[] committed : server.committed()) {
        List<byte[]> sameNumber =
            server.received().stream().filter(b -> number(b) == number(committed)).toList();
        assertThat(sameNumber)
            .as("seed %s", SEED)
            .allMatch(b -> List.of(hex(b)).contains(hex(committed)));
      }
      assertThat(count("deepflow.agent.forward.resent.batches")).isPositive();
    }
  }

  @Test
  void keepsAllWhileNoServerIsThereAndSendsItWhenOneComes() throws Exception {
    FakeServer first = FakeServer.start();
    ServerAddress address = first.address();
    first.close();
    try (Forwarder forwarder = forwarder(List.of(address))) {
      long last = offer(20);
      await(() -> count("deepflow.agent.forward.failures") > 1);
      assertThat(forwarder.isConnected()).isFalse();
      assertThat(queue.acknowledged()).isZero();

      try (FakeServer server = FakeServer.at(address.port())) {
        await(() -> queue.acknowledged() == last);
        assertThat(server.committed()).isNotEmpty();
      }
    }
  }

  @Test
  void takesTheNextServerWhenOneFails() throws Exception {
    FakeServer away = FakeServer.start();
    ServerAddress first = away.address();
    away.close();
    try (FakeServer other = FakeServer.start()) {
      try (Forwarder _ = forwarder(List.of(first, other.address()))) {
        long last = offer(5);
        await(() -> queue.acknowledged() == last);
        assertThat(other.committed()).isNotEmpty();
      }
    }
  }

  @Test
  void reconnectsWhenTheServerAcknowledgesNothing() throws Exception {
    try (FakeServer server = FakeServer.start()) {
      server.does(_ -> server.hellos().size() < 3 ? Mood.STAY_SILENT : Mood.COMMIT);
      try (Forwarder _ = forwarder(server)) {
        long last = offer(5);
        await(() -> queue.acknowledged() == last);
        assertThat(server.hellos().size()).isGreaterThanOrEqualTo(3);
      }
    }
  }

  @Test
  void neverSendsToAServerThatDoesNotAnswerHello() throws Exception {
    try (FakeServer server = FakeServer.start().says(false);
        Forwarder forwarder = forwarder(server)) {
      offer(5);
      await(() -> server.hellos().size() > 1);
      assertThat(server.received()).isEmpty();
      assertThat(forwarder.isConnected()).isFalse();
    }
  }

  @Test
  void pausesGrowWhileAServerDoesNotAnswerHelloHoweverLongEachAttemptTook() throws Exception {
    List<Long> bounds = new CopyOnWriteArrayList<>();
    Random recording =
        new Random(SEED) {
          @Override
          public long nextLong(long bound) {
            if (bound != PROBE.toNanos() / 2 + 1) { // the next look at the preferred server
              bounds.add(bound);
            }
            return super.nextLong(bound);
          }
        };
    try (FakeServer server = FakeServer.start().says(false)) {
      ForwardConfig config = config(List.of(server.address()), 1 << 20);
      assertThat(config.welcomeTimeout()).isGreaterThan(config.retryMax());
      try (Forwarder _ = Forwarder.start(queue, config, recording, registry)) {
        await(() -> bounds.size() >= 6);
      }
      assertThat(bounds).as("seed %s", SEED).isSorted();
      assertThat(bounds.get(5)).as("seed %s", SEED).isEqualTo(config.retryMax().toNanos());
    }
  }

  @Test
  void comesBackAfterARefusal() throws Exception {
    try (FakeServer server = FakeServer.start().welcomes(_ -> false)) {
      try (Forwarder _ = forwarder(server)) {
        long last = offer(3);
        await(() -> server.hellos().size() > 2);
        assertThat(server.received()).isEmpty();

        server.welcomes(hello -> hello.queue().equals(queue.identity()));
        await(() -> queue.acknowledged() == last);
      }
    }
  }

  @Test
  void keepsItsSpansFromAnotherStore() throws Exception {
    queue.rememberStore(new Identity(7, 7));
    try (FakeServer server = FakeServer.start().ofStore(new Identity(8, 8));
        Forwarder _ = forwarder(server)) {
      offer(3);
      await(() -> server.hellos().size() > 2);
      assertThat(server.received()).isEmpty();
      assertThat(queue.acknowledged()).isZero();
      server.ofStore(new Identity(7, 7));
      await(() -> !server.committed().isEmpty());
    }
  }

  @Test
  void doesNotBelieveAServerThatHasMoreThanWasEverGivenOut() throws Exception {
    offer(3);
    try (FakeServer server = FakeServer.start().claims(Long.MAX_VALUE);
        Forwarder _ = forwarder(server)) {
      await(() -> queue.notReady() != null);
      assertThat(queue.acknowledged()).isZero();
      assertThat(server.received()).isEmpty();
    }
  }

  @Test
  void holdsBackWhatTheWindowHasNoRoomFor() throws Exception {
    try (FakeServer server = FakeServer.start().does(_ -> Mood.STAY_SILENT);
        Forwarder _ =
            Forwarder.start(queue, config(List.of(server.address()), 1), random, registry)) {
      offer(10);
      await(() -> server.received().size() == 1);
      server.does(_ -> Mood.COMMIT);
      await(() -> server.received().size() > 5);
    }
  }

  @Test
  void endsQuicklyWhileItSendsAndWhileItWaits() throws Exception {
    try (FakeServer server = FakeServer.start().does(_ -> Mood.STAY_SILENT)) {
      Forwarder forwarder = forwarder(server);
      offer(3);
      await(() -> !server.received().isEmpty());
      long begin = System.nanoTime();
      forwarder.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(3));
    }
  }

  private Forwarder forwarder(FakeServer server) throws Exception {
    return forwarder(List.of(server.address()));
  }

  private Forwarder forwarder(List<ServerAddress> servers) {
    return Forwarder.start(queue, config(servers, 1 << 20), random, registry);
  }

  private ForwardConfig config(List<ServerAddress> servers, long windowBytes) {
    return new ForwardConfig(
        servers,
        LinkConfig.DEFAULT,
        null,
        "{}",
        windowBytes,
        Duration.ofSeconds(1),
        Duration.ofMillis(300),
        silence,
        Duration.ofMillis(5),
        Duration.ofMillis(50),
        PROBE);
  }

  /// Puts requests into the queue, one batch each; gives the last batch's number.
  private long offer(int requests) throws Exception {
    long last = 0;
    for (int i = 0; i < requests; i++) {
      byte[] request = new byte[1 + random.nextInt(5_000)];
      random.nextBytes(request);
      Entry entry =
          new Entry(
              request,
              0,
              request.length,
              1,
              InetAddress.getLoopbackAddress(),
              new byte[0],
              1L,
              new Hash128(random.nextLong(), random.nextLong()));
      Admission admission = queue.offer(entry).get(20, TimeUnit.SECONDS);
      assertThat(admission).isInstanceOf(Admission.Durable.class);
      last = ((Admission.Durable) admission).batch();
    }
    return last;
  }

  private double count(String name) {
    return registry.get(name).counter().count();
  }

  private static List<Long> numbers(List<byte[]> payloads) {
    return payloads.stream().map(ForwarderTest::number).toList();
  }

  private static long number(byte[] payload) {
    return ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("within %s, seed %s", SOON, SEED).isLessThan(deadline);
      Thread.sleep(2);
    }
  }

  @Test
  void readsServersAsAnOperatorWritesThem() {
    assertThat(ServerAddress.parse("[2001:db8::7]:20033"))
        .isEqualTo(new ServerAddress("2001:db8::7", 20033))
        .hasToString("[2001:db8::7]:20033");
    assertThat(ServerAddress.parse("deepflow-server:20033").port()).isEqualTo(20033);
    for (String wrong : List.of("", "host", "host:", "host:0", "host:70000", "::1:20033")) {
      org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
          .as(wrong)
          .isThrownBy(() -> ServerAddress.parse(wrong));
    }
  }

  @Test
  void pausesGrowAndAreNeverTheSameForAll() {
    BackOff backOff = new BackOff(Duration.ofMillis(100), Duration.ofSeconds(10), random);
    for (int i = 0; i < 200; i++) {
      Duration bound = Duration.ofMillis(Math.min(10_000, 100L << Math.min(i, 20)));
      assertThat(backOff.next()).as("seed %s", SEED).isPositive().isLessThanOrEqualTo(bound);
    }
    backOff.reset();
    assertThat(backOff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
  }

  @Test
  void helloTellsWhatTheQueueHolds() throws Exception {
    try (FakeServer server = FakeServer.start();
        Forwarder _ = forwarder(server)) {
      await(() -> !server.hellos().isEmpty());
      LinkMessage.Hello hello = server.hellos().getFirst();
      assertThat(hello.queue()).isEqualTo(queue.identity());
      assertThat(hello.epoch()).isEqualTo(queue.epoch());
      assertThat(hello.oldest()).isEqualTo(queue.oldest());
    }
  }
}
