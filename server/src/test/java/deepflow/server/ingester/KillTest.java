package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.server.ChildJvm;
import deepflow.server.storage.Rollups;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// P2 on the server: it is killed again and again, at any moment, while agents send and send again.
class KillTest {
  private static final int AGENTS = 3;
  private static final int KILLS = Boolean.getBoolean("deepflow.long") ? 200 : 4;

  /// Batches that an agent sends ahead of what is acknowledged.
  private static final int WINDOW = 40;

  @TempDir Path directory;

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void hasEachAcknowledgedBatchOnceHoweverOftenItIsKilled(TestReporter reporter) throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    List<Sender> senders = IntStream.range(0, AGENTS).mapToObj(i -> new Sender(i, seed)).toList();
    for (int kill = 0; kill < KILLS; kill++) {
      try (var server = new Server()) {
        senders.forEach(sender -> sender.start(server.port));
        // Moments from the first connection to well into the load.
        Thread.sleep(random.nextInt(1_500));
        server.kill();
        for (Sender sender : senders) {
          sender.join();
        }
      }
    }
    try (var server = new Server()) {
      senders.forEach(sender -> sender.finish(server.port));
      for (Sender sender : senders) {
        sender.join();
      }
    }
    reporter.publishEntry(
        Map.of(
            "kills", Integer.toString(KILLS),
            "batches acknowledged", Long.toString(sum(senders, sender -> sender.acknowledged)),
            "batches sent again", Long.toString(sum(senders, sender -> sender.resent))));
    check(senders, seed);
  }

  private static long sum(List<Sender> senders, ToLongFunction<Sender> count) {
    return senders.stream().mapToLong(count).sum();
  }

  /// The last span of each trace is of another service: a call.
  private static byte[] request(Identity identity, long number) throws IOException {
    ResourceSpans shop =
        TracesData.parseFrom(LinkAgent.request(identity, number)).getResourceSpans(0);
    List<Span> spans = shop.getScopeSpans(0).getSpansList();
    var calling = ScopeSpans.newBuilder();
    var called = ScopeSpans.newBuilder();
    for (int i = 0; i < spans.size(); i++) {
      (i % LinkAgent.SPANS_IN_TRACE < LinkAgent.SPANS_IN_TRACE - 1 ? calling : called)
          .addSpans(spans.get(i));
    }
    var cart =
        ResourceSpans.newBuilder()
            .setResource(
                Resource.newBuilder()
                    .addAttributes(
                        KeyValue.newBuilder()
                            .setKey("service.name")
                            .setValue(AnyValue.newBuilder().setStringValue("cart"))));
    return TracesData.newBuilder()
        .addResourceSpans(shop.toBuilder().clearScopeSpans().addScopeSpans(calling))
        .addResourceSpans(cart.addScopeSpans(called))
        .build()
        .toByteArray();
  }

  private void check(List<Sender> senders, long seed) throws Exception {
    assertThat(sum(senders, sender -> sender.resent))
        .as("batches that were sent again; tests.seed=%s", seed)
        .isPositive();
    try (ClickHouse engine =
        EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(directory.resolve("store")))) {
      for (Sender sender : senders) {
        Map<Long, Long> stored = Counts.spansOfBatches(engine, sender.identity);
        assertThat(stored.keySet())
            .as("batches of agent %s; tests.seed=%s", sender.identity, seed)
            .containsExactlyInAnyOrderElementsOf(sender.batches());
        assertThat(stored.values())
            .as("spans of each batch; tests.seed=%s", seed)
            .allMatch(spans -> spans == LinkAgent.SPANS_IN_BATCH);
      }
      Counts.assertTablesAgree(engine);
      rollUp(engine, seed);
      Counts.assertRollupsAgree(engine);
    }
  }

  /// Rolls up what the last process left, in which no rollup may have come to its end.
  private static void rollUp(ClickHouse engine, long seed) throws Exception {
    InstantSource clock = InstantSource.system();
    StoreConfig config = StoreConfig.single(Duration.ofDays(3));
    Store store = Store.open(engine, config, clock, new Random(seed));
    var rollups = new Rollups(engine, store, _ -> {}, IngestProcess.PACE);
    while (rollups.rollUp(clock.millis() * 1_000_000)) {}
  }

  /// The process under test.
  private final class Server implements AutoCloseable {
    private final Process process;
    private final int port;

    Server() throws IOException {
      File log = directory.resolve("server.log").toFile();
      process =
          ChildJvm.of(
                  IngestProcess.class,
                  List.of("-Xmx512m", "-XX:TieredStopAtLevel=1"),
                  directory.resolve("store").toString())
              .redirectError(ProcessBuilder.Redirect.appendTo(log))
              .start();
      port = readPort();
    }

    private int readPort() throws IOException {
      var output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.chars().allMatch(Character::isDigit)) {
          return Integer.parseInt(line);
        }
      }
      throw new IOException("the server did not start; see " + directory.resolve("server.log"));
    }

    void kill() throws InterruptedException {
      process.destroyForcibly();
      process.waitFor();
    }

    /// Kills it, if it lives.
    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  /// An agent: sends batches in order, again after each connection what is not acknowledged.
  private static final class Sender {
    private final Identity identity;
    private long sent;
    private long acknowledged;
    private long epoch;
    private long resent;
    private Thread thread = new Thread();

    Sender(int number, long seed) {
      identity = new Identity(seed, number);
    }

    List<Long> batches() {
      return IntStream.rangeClosed(1, (int) acknowledged).mapToObj(Long::valueOf).toList();
    }

    void start(int port) {
      thread = Thread.ofPlatform().start(() -> run(port, Long.MAX_VALUE));
    }

    /// Sends what was begun until all of it is acknowledged.
    void finish(int port) {
      thread = Thread.ofPlatform().start(() -> run(port, sent + 1));
    }

    void join() throws InterruptedException {
      thread.join();
    }

    private void run(int port, long last) {
      try (LinkAgent link = LinkAgent.connect(port, identity)) {
        if (link.greet(++epoch) instanceof LinkMessage.Welcome welcome) {
          acknowledged = Math.max(acknowledged, welcome.committed());
          send(link, last);
        }
      } catch (IOException | MalformedFrameException _) {
        // Killed: the next server gets what is not acknowledged.
      }
    }

    private void send(LinkAgent link, long last) throws IOException, MalformedFrameException {
      long next = acknowledged + 1;
      resent += Math.max(0, sent - acknowledged);
      while (acknowledged < last) {
        while (next <= last && next <= acknowledged + WINDOW) {
          sent = Math.max(sent, next);
          link.sendBatch(next, request(identity, next));
          next++;
        }
        if (link.read() instanceof LinkMessage.Acknowledgement more) {
          acknowledged = Math.max(acknowledged, more.committed());
        }
      }
    }
  }
}
