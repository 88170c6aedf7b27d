package deepflow.agent.forward;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.agent.queue.Admission;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Hash128;
import deepflow.agent.queue.QueueConfig;
import deepflow.wire.frame.Identity;
import deepflow.wire.tls.TlsFiles;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a server, a connection and an operator can do to the link.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LinkFaultsTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final int WINDOW_BYTES = 64 << 10;

  private final Path directory;
  private final long seed = Long.getLong("tests.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private DurableQueue queue;
  private TestServer server;
  private int requests;
  private long bandwidth = Bandwidth.UNLIMITED;

  /// How long the agent waits for a welcome, and for an acknowledgement.
  private Duration patience = SHORT;

  LinkFaultsTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    queue = open();
    server = new TestServer();
    opened.add(server);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
    queue.close();
  }

  @Test
  void sendsTheSameBytesAgainWhereverConnectionsAreCut() throws Exception {
    server.cut = () -> 100 + random.nextInt(40_000);
    forward(server);
    for (int i = 0; i < 60; i++) {
      offer(5);
      if (i % 20 == 19) {
        restartAgent();
      }
    }
    // A cut that comes before the first batch of each connection would never let it through.
    server.cut = () -> 1 << 20;

    await(() -> server.delivered().size() == 300);

    assertDeliveredOnce(300);
    assertThat(server.connections()).as("tests.seed=%s", seed).isGreaterThan(3);
  }

  @Test
  void sendsWhatWasNotAcknowledgedAgainAndCountsIt() throws Exception {
    server.withholds = true;
    forward(server);
    offer(3);
    await(() -> server.receivedBytes() > 0);
    await(() -> server.connections() > 1);

    server.withholds = false;

    await(() -> server.delivered().size() == 3);
    await(() -> gauge("batches") == 0);
    await(() -> count("resent.batches") > 0);
    assertThat(failures()).isPositive();
    assertDeliveredOnce(3);
  }

  @Test
  void doesNotBelieveAnAcknowledgementOfWhatWasNeverSent() throws Exception {
    var lied = new AtomicBoolean();
    // Once: the next WELCOME would be believed to be of a queue that was put back.
    server.tongue =
        committed -> committed == 0 || lied.getAndSet(true) ? committed : committed + 1000;
    server.withholds = false;
    forward(server);
    offer(2);

    await(() -> failures() > 0);

    await(() -> gauge("spans") == 0);
    assertDeliveredOnce(2);
  }

  @Test
  void doesNotBelieveAWelcomeThatKnowsBatchesWhichWereNeverWritten() throws Exception {
    offer(2);
    server.tongue = committed -> queue.durable() + 1;
    forward(server);

    await(() -> failures() > 1);

    assertThat(server.receivedBytes()).isZero();
    assertThat(gauge("spans")).isEqualTo(2);
    assertThat(queue.notReady()).contains("older state");
  }

  @Test
  void sendsToAnotherStoreOnlyWhenTheStoreFileIsDeleted() throws Exception {
    forward(server);
    offer(1);
    await(() -> gauge("spans") == 0);
    stopForwarding();
    try (TestServer other = new TestServer()) {
      other.store = new Identity(8, 8);
      forward(other);
      offer(1);

      await(() -> failures() > 0);

      assertThat(other.receivedBytes()).isZero();
      Files.delete(directory.resolve("store"));
      await(() -> other.delivered().containsKey("1"));
    }
  }

  @Test
  void isWelcomeAfterRestartsWithNothingLeftInTheQueue() throws Exception {
    forward(server);
    offer(2);
    await(() -> gauge("spans") == 0);
    restartAgent();
    await(() -> gauge("bytes") == 0);
    restartAgent();
    await(() -> registry.get("deepflow.agent.forward.connected").gauge().value() == 1);

    offer(1);

    await(() -> server.delivered().size() == 3);
    assertDeliveredOnce(3);
  }

  @Test
  void countsEverythingThatTheServerHas() throws Exception {
    forward(server);
    offer(100);

    await(() -> gauge("batches") == 0);

    assertThat(gauge("spans")).isZero();
    assertThat(gauge("oldest.age.seconds")).isZero();
    await(() -> count("acknowledged.spans") == 100);
    assertThat(count("acknowledged.batches")).isEqualTo(count("batches"));
    assertDeliveredOnce(100);
  }

  @Test
  void sendsNoFasterThanItMayAndTakesNoSlownessOfItsOwnForSilence() throws Exception {
    offer(100);
    long bytes = (long) gauge("bytes");
    long start = System.nanoTime();
    // Each batch takes longer than a server may be silent, and that longer than a machine is busy.
    patience = Duration.ofSeconds(1);
    bandwidth = bytes / 6;
    forward(server);

    await(() -> gauge("batches") == 0);

    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(seconds).isGreaterThan(4);
    assertThat(count("resent.batches")).isZero();
    assertDeliveredOnce(100);
  }

  @Test
  void sendsALargeBatchOnASlowConnection() throws Exception {
    queue.offer(entry(requests++, 200_000)).join();
    patience = Duration.ofSeconds(1);
    bandwidth = 80_000;
    forward(server);

    await(() -> gauge("batches") == 0);

    assertThat(count("resent.batches")).isZero();
    assertThat(server.connections()).isEqualTo(1);
  }

  @Test
  void passesOverInterrupts() throws Exception {
    server.withholds = true;
    forward(server);
    Thread forwarder =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("forwarder") && thread.isAlive())
            .reduce((_, last) -> last)
            .orElseThrow();
    for (int i = 0; i < 40; i++) {
      if (i == 20) {
        server.withholds = false;
      }
      offer(5);
      forwarder.interrupt();
    }

    await(() -> gauge("batches") == 0);

    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long cpuNanos = threads.getThreadCpuTime(forwarder.threadId());
    Thread.sleep(500);
    assertThat(threads.getThreadCpuTime(forwarder.threadId()) - cpuNanos).isLessThan(100_000_000);
    assertDeliveredOnce(200);
  }

  @Test
  void returnsToItsPreferredServerWithoutSendingAnythingTwice() throws Exception {
    patience = Duration.ofSeconds(20); // a slow machine is no reason to send again
    TestServer other = new TestServer(server, 0);
    opened.add(other);
    TestServer first = preferred(server, other);
    TestServer second = first == server ? other : server;
    forward(server, other);
    offer(20);
    await(() -> server.delivered().size() == 20);
    // Else what the server has and has not acknowledged is sent again, as it must be.
    await(() -> gauge("batches") == 0);
    assertThat(second.taken.get()).isZero();

    int port = first.address().port();
    first.close();
    // Else the first of them may go into a connection of which the agent doesn't know it is cut.
    await(() -> second.connections() > 0);
    offer(20);
    await(() -> server.delivered().size() == 40);
    await(() -> gauge("batches") == 0);
    TestServer again = new TestServer(server, port);
    opened.add(again);
    await(() -> again.connections() > 1);
    int taken = second.taken.get();
    offer(20);
    await(() -> gauge("batches") == 0);

    assertThat(again.taken.get()).isPositive();
    assertThat(second.taken.get()).isEqualTo(taken);
    assertThat(count("resent.batches")).isZero();
    assertDeliveredOnce(60);
  }

  @Test
  void goesOnSendingWhileItLooksForAPreferredServerThatSaysNothing() throws Exception {
    TestServer other = new TestServer(server, 0);
    opened.add(other);
    TestServer first = preferred(server, other);
    TestServer second = first == server ? other : server;
    first.silent = true;
    forward(server, other);
    await(() -> second.connections() > 0);
    int looks = first.connections();
    while (first.connections() < looks + 3) {
      offer(1);
    }
    await(() -> gauge("batches") == 0);

    assertThat(second.connections()).isEqualTo(1);
    first.silent = false;
    await(() -> registry.get("deepflow.agent.forward.connections").counter().count() > 1);
    offer(1);
    await(() -> first.taken.get() == 1 && server.delivered().size() == requests);
    assertDeliveredOnce(requests);
  }

  @Test
  void deliversOnceWhereverServersOfOneStoreComeAndGo() throws Exception {
    TestServer other = new TestServer(server, 0);
    opened.add(other);
    server.cut = () -> 100 + random.nextInt(60_000);
    other.cut = server.cut;
    forward(server, other);
    for (int i = 0; i < 60; i++) {
      offer(5);
      Thread.sleep(5);
    }
    server.cut = () -> Long.MAX_VALUE;
    other.cut = server.cut;

    await(() -> server.delivered().size() == 300);

    assertDeliveredOnce(300);
  }

  @Test
  void stopsAtOnceWhileItConnectsToAServerThatDoesNotAnswer() throws Exception {
    try (Unanswering unanswering = new Unanswering()) {
      forward(List.of(unanswering.address()));
      Thread.sleep(200);
      long start = System.nanoTime();

      stopForwarding();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void stopsAtOnceWhileItLooksForAPreferredServerThatDoesNotAnswer() throws Exception {
    Unanswering first = preferredUnanswering();
    forward(List.of(server.address(), first.address()));
    await(() -> server.connections() == 1);
    Thread.sleep(300); // until it looks for the first one
    long start = System.nanoTime();

    stopForwarding();

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
  }

  private Unanswering preferredUnanswering() throws IOException {
    Unanswering unanswering;
    do {
      unanswering = new Unanswering();
      opened.add(unanswering);
    } while (!preferred(List.of(server.address(), unanswering.address()))
        .equals(unanswering.address()));
    return unanswering;
  }

  /// A port on which TCP's handshake never ends, as with a host that is gone: nobody accepts, and
  /// the kernel keeps no more of those who wait.
  private static final class Unanswering implements AutoCloseable {
    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final List<SocketChannel> waiting = new ArrayList<>();

    Unanswering() throws IOException {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
      for (int i = 0; i < 8; i++) {
        SocketChannel socket = SocketChannel.open();
        waiting.add(socket);
        socket.configureBlocking(false);
        boolean _ = socket.connect(listener.getLocalAddress());
      }
    }

    ServerAddress address() {
      return new ServerAddress("127.0.0.1", listener.socket().getLocalPort());
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel socket : waiting) {
        socket.close();
      }
      listener.close();
    }
  }

  private TestServer preferred(TestServer a, TestServer b) throws IOException {
    return preferred(List.of(a.address(), b.address())).equals(a.address()) ? a : b;
  }

  private ServerAddress preferred(List<ServerAddress> servers) {
    return new ServerChoice(servers, queue.identity(), SHORT, random, System::nanoTime).current();
  }

  private DurableQueue open() throws IOException {
    QueueConfig config =
        new QueueConfig(16 << 20, 64 << 10, 32 << 10, 1 << 20, Duration.ofMinutes(10), 1 << 16);
    return DurableQueue.open(directory, config, Clock.systemUTC(), registry);
  }

  private void restartAgent() throws Exception {
    stopForwarding();
    queue.close();
    registry.clear();
    queue = open();
    forward(server);
  }

  private void stopForwarding() throws Exception {
    for (AutoCloseable resource : List.copyOf(opened)) {
      if (resource instanceof Forwarder forwarder) {
        forwarder.close();
        opened.remove(forwarder);
      }
    }
  }

  private void forward(TestServer... servers) throws IOException {
    List<ServerAddress> addresses = new ArrayList<>();
    for (TestServer each : servers) {
      addresses.add(each.address());
    }
    forward(addresses);
  }

  private void forward(List<ServerAddress> addresses) {
    ForwardConfig config =
        new ForwardConfig(
            addresses,
            new LinkConfig(LinkProtocol.ACKNOWLEDGED, 0, bandwidth, TlsFiles.NONE, ""),
            null,
            "{}",
            WINDOW_BYTES,
            Duration.ofSeconds(5),
            patience,
            patience,
            Duration.ofMillis(5),
            Duration.ofMillis(50),
            Duration.ofMillis(50));
    opened.add(Forwarder.start(queue, config, random, registry));
  }

  private void offer(int count) {
    List<CompletableFuture<Admission>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(queue.offer(entry(requests++, random.nextInt(3000))));
    }
    for (CompletableFuture<Admission> answer : answers) {
      assertThat(answer.join()).isInstanceOf(Admission.Durable.class);
    }
  }

  private Entry entry(int id, int padding) {
    byte[] noise = new byte[padding];
    random.nextBytes(noise);
    byte[] request = (id + " " + new String(noise, ISO_8859_1)).getBytes(ISO_8859_1);
    return new Entry(
        request, 0, request.length, 1, null, new byte[0], 0, new Hash128(id, ~(long) id));
  }

  private void assertDeliveredOnce(int count) {
    assertThat(server.delivered()).as("tests.seed=%s", seed).hasSize(count);
    assertThat(server.delivered().values()).as("tests.seed=%s", seed).containsOnly(1);
    assertThat(server.complaints).as("tests.seed=%s", seed).isEmpty();
  }

  private double gauge(String name) {
    return registry.get("deepflow.agent.queue." + name).gauge().value();
  }

  private double count(String name) {
    return registry.get("deepflow.agent.forward." + name).counter().count();
  }

  private double failures() {
    return count("failures");
  }

  /// Polls, because what is awaited happens in other threads and other sockets; @Timeout ends it.
  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }
}
