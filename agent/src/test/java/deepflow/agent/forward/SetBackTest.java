package deepflow.agent.forward;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.agent.queue.Admission;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Hash128;
import deepflow.agent.queue.QueueConfig;
import deepflow.wire.tls.TlsFiles;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A queue directory that was put back to an older state, from a backup or a snapshot of its disk:
/// it gives numbers that the server has already, and must not take that for its own batches'
/// acknowledgement.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SetBackTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  /// Batches that the server got after the snapshot.
  private static final int SINCE = 5;

  private final Path directory;
  private final Path snapshot;
  private final Random random = new Random(/* seed= */ 42);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final TestServer server = new TestServer();
  private DurableQueue queue;
  private @Nullable Forwarder forwarder;
  private int requests;

  SetBackTest(@TempDir Path temporary) throws IOException {
    directory = temporary.resolve("queue");
    snapshot = temporary.resolve("snapshot");
    queue = open();
  }

  /// A snapshot, another start, and batches of that start that the server has; then the snapshot is
  /// put back.
  private void putBack() throws Exception {
    forward();
    offer(1);
    await(() -> gauge("spans") == 0);
    stop();
    copy(directory, snapshot);
    queue = open();
    forward();
    offer(SINCE);
    await(() -> gauge("spans") == 0);
    restore();
  }

  /// Puts the snapshot back.
  private void restore() throws Exception {
    stop();
    delete(directory);
    copy(snapshot, directory);
    queue = open();
  }

  @AfterEach
  void close() throws Exception {
    stop();
    server.close();
  }

  @Test
  void takesNothingMoreOnceTheServerKnowsBatchesThatItCannotHaveSent() throws Exception {
    putBack();
    offer(1);

    forward();
    await(() -> queue.notReady() != null);

    assertThat(queue.notReady()).contains("put back to an older state", "move");
    assertThat(admission(requests++)).isInstanceOf(Admission.Busy.class);
    assertThat(admission(requests - 2))
        .as("a resend of what it can't deliver")
        .isInstanceOf(Admission.Busy.class);
    assertNothingIsLost(1);
  }

  @Test
  void retiresNothingUnsentHoweverManyBatchesItTookAndHoweverOftenItStarts() throws Exception {
    putBack();
    offer(SINCE - 1);
    forward();
    await(() -> queue.notReady() != null);

    for (int i = 0; i < 3; i++) {
      stop();
      queue = open();
      assertThat(queue.notReady()).as("before any server said so").contains("older state");
      forward();
      await(() -> failures() > 1);
      assertNothingIsLost(SINCE - 1);
    }
  }

  @Test
  void refusesForGoodAlsoWhenTheServerSaysSomethingElseLater() throws Exception {
    putBack();
    offer(1);
    forward();
    await(() -> queue.notReady() != null);

    server.tongue = committed -> 0;

    double before = failures();
    await(() -> failures() > before + 2);
    assertThat(server.delivered()).hasSize(1 + SINCE);
  }

  @Test
  void refusesAlsoWhenTheFileThatSaysSoIsDamaged() throws Exception {
    putBack();
    offer(2);
    forward();
    await(() -> queue.notReady() != null);
    stop();
    Files.write(directory.resolve("set-back"), new byte[0]);

    queue = open();

    assertThat(queue.notReady()).contains("older state");
    assertThat(admission(requests++)).isInstanceOf(Admission.Busy.class);
  }

  @Test
  void beginsAnewWhenItsDirectoryIsMovedAway() throws Exception {
    putBack();
    offer(2);
    forward();
    await(() -> queue.notReady() != null);
    stop();
    Files.move(directory, directory.resolveSibling("away"));
    try (TestServer other = new TestServer()) {
      queue = open();
      forward(other);

      offer(3);

      await(() -> other.delivered().size() == 3);
      assertThat(queue.notReady()).isNull();
    }
  }

  @Test
  void retiresNothingUnsentWhenItTookMoreThanTheServerHasBeforeTheServerFirstSpoke()
      throws Exception {
    putBack();
    offer(SINCE + 2);

    forward();

    await(() -> queue.notReady() != null);
    assertNothingIsLost(SINCE + 2);
  }

  @Test
  void retiresNothingUnsentWhenItStartsAgainBeforeTheServerFirstSpoke() throws Exception {
    putBack();
    offer(2);
    stop();
    queue = open();
    offer(1);

    forward();

    await(() -> queue.notReady() != null);
    assertNothingIsLost(3);
  }

  /// All that the older state lacks was given before it was put back, and all that it gives comes
  /// after.
  @Test
  void sendsOnWhenItWasPutBackToAStateOfTheStartThatTheServerKnowsLast() throws Exception {
    forward();
    offer(2);
    await(() -> gauge("spans") == 0);
    copy(directory, snapshot);
    offer(SINCE);
    await(() -> gauge("spans") == 0);
    restore();
    offer(3);

    forward();

    await(() -> server.delivered().size() == 2 + SINCE + 3);
    assertThat(server.delivered().values()).containsOnly(1);
    assertThat(queue.notReady()).isNull();
  }

  @Test
  void sendsOnWhenTheFileThatSaysWhatItCanHaveSentIsDamagedOrGone() throws Exception {
    forward();
    offer(2);
    await(() -> gauge("spans") == 0);
    for (boolean gone : new boolean[] {true, false}) {
      stop();
      if (gone) {
        Files.delete(directory.resolve("sent"));
      } else {
        Files.write(directory.resolve("sent"), new byte[7]);
      }
      queue = open();
      forward();

      offer(2);

      await(() -> gauge("spans") == 0);
      assertThat(queue.notReady()).isNull();
    }
    assertThat(server.delivered()).hasSize(6);
  }

  private void assertNothingIsLost(int offered) {
    assertThat(gauge("spans")).isEqualTo(offered);
    assertThat(server.delivered()).hasSize(1 + SINCE);
    assertThat(server.complaints).isEmpty();
  }

  private DurableQueue open() throws IOException {
    registry.clear();
    QueueConfig config =
        new QueueConfig(16 << 20, 64 << 10, 32 << 10, 1 << 20, Duration.ofMinutes(10), 1 << 16);
    return DurableQueue.open(directory, config, Clock.systemUTC(), registry);
  }

  private void stop() throws IOException {
    if (forwarder != null) {
      forwarder.close();
      forwarder = null;
    }
    queue.close();
  }

  private void forward() throws IOException {
    forward(server);
  }

  private void forward(TestServer to) throws IOException {
    ForwardConfig config =
        new ForwardConfig(
            List.of(to.address()),
            new LinkConfig(LinkProtocol.ACKNOWLEDGED, 0, Bandwidth.UNLIMITED, TlsFiles.NONE, ""),
            null,
            "{}",
            64 << 10,
            Duration.ofSeconds(5),
            SHORT,
            Duration.ofSeconds(5),
            Duration.ofMillis(5),
            Duration.ofMillis(50),
            Duration.ofMillis(50));
    forwarder = Forwarder.start(queue, config, random, registry);
  }

  /// Each a batch of its own.
  private void offer(int count) {
    for (int i = 0; i < count; i++) {
      assertThat(admission(requests++)).isInstanceOf(Admission.Durable.class);
    }
  }

  private Admission admission(int id) {
    byte[] request = (id + " ").getBytes(US_ASCII);
    return queue
        .offer(
            new Entry(
                request, 0, request.length, 1, null, new byte[0], 0, new Hash128(id, ~(long) id)))
        .join();
  }

  private double gauge(String name) {
    return registry.get("deepflow.agent.queue." + name).gauge().value();
  }

  private double failures() {
    return registry.get("deepflow.agent.forward.failures").counter().count();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path file : files(from)) {
      Files.copy(file, to.resolve(file.getFileName()));
    }
  }

  private static void delete(Path directory) throws IOException {
    for (Path file : files(directory)) {
      Files.delete(file);
    }
    Files.delete(directory);
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }
}
