package deepflow.server.ingester.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import deepflow.server.ingester.LinkAgent;
import deepflow.wire.frame.FrameMemory;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// Connections that come and go, over real sockets, with a store in memory.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FrameListenerTest {
  private static final Identity AGENT = new Identity(7, 7);

  private static final byte[] METRICS_FRAME =
      HexFormat.of().parseHex("00000013030080000100000001000000030200");

  private static final byte[] TRACES_FRAME =
      HexFormat.of().parseHex("00000013060080000100000001000000030200");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<Long> taken = new CopyOnWriteArrayList<>();
  private final CountDownLatch room = new CountDownLatch(1);
  private TroubledPort port;
  private FrameListener listener;

  @BeforeEach
  void listen() throws IOException {
    port = TroubledPort.listening();
    listener =
        FrameListener.on(
            port,
            new LinkEnd(
                null,
                new FrameMemory(1L << 30, Duration.ofSeconds(5)),
                new Sessions(Map.of(), Map.of()),
                batch -> {
                  room.await();
                  taken.add(batch.number());
                },
                new Identity(1, 2),
                new LinkMetrics(registry),
                InstantSource.system()));
  }

  @AfterEach
  void close() {
    listener.close();
  }

  @Test
  void holdsNothingOfConnectionsThatAreGone() throws Exception {
    for (int i = 0; i < 500; i++) {
      SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port()))
          .close();
    }

    // Another test of this process may have a few.
    awaitConnectionsInMemory(20);
  }

  @Test
  void sendsAnAgentAwayThatComesAgainWhileItsLastBatchWaitsForTheStore() throws Exception {
    try (LinkAgent first = LinkAgent.connect(listener.port(), AGENT)) {
      assertThat(first.greet(1)).isInstanceOf(LinkMessage.Welcome.class);
      first.sendBatch(1);
      await(() -> counted("deepflow.server.frames") == 2);

      try (LinkAgent second = LinkAgent.connect(listener.port(), AGENT)) {
        assertThat(second.greet(1))
            .isInstanceOfSatisfying(
                LinkMessage.Refusal.class,
                refusal -> assertThat(refusal.reason()).contains("the store is busy"));
        assertThatThrownBy(second::read).isInstanceOf(IOException.class);
      }
      room.countDown();
      await(() -> taken.size() == 1);

      try (LinkAgent third = LinkAgent.connect(listener.port(), AGENT)) {
        assertThat(third.greet(1)).isInstanceOf(LinkMessage.Welcome.class);
        assertThatThrownBy(first::read).isInstanceOf(IOException.class);
        third.sendBatch(1);
        third.sendBatch(2);
        await(() -> taken.contains(2L));
      }
    }
    assertThat(taken).containsExactly(1L, 2L);
  }

  @Test
  void closesAConnectionWhoseFrameDoesNotComeToItsEnd() throws Exception {
    try (LinkAgent whole = LinkAgent.connect(listener.port(), AGENT);
        LinkAgent half = LinkAgent.connect(listener.port(), new Identity(8, 8))) {
      whole.greet(1);
      half.greet(1);
      room.countDown();
      half.write(new LinkMessage.Refusal("x".repeat(1000)).toFrame().slice(0, 500));
      await(() -> refusedAfter(Duration.ofSeconds(90)) == 1);

      assertThatThrownBy(half::read).isInstanceOf(IOException.class);
      whole.sendBatch(1);
      await(() -> taken.size() == 1);
    }
  }

  @Test
  void closesAConnectionThatSaysNoHelloAndThenNothing() throws Exception {
    try (LinkAgent agent = LinkAgent.connect(listener.port(), AGENT);
        LinkAgent metrics = LinkAgent.connect(listener.port(), AGENT)) {
      agent.greet(1);
      metrics.write(ByteBuffer.wrap(METRICS_FRAME));
      await(() -> counted("deepflow.server.frames") == 2);

      assertThat(refusedAfter(Duration.ofMinutes(4))).isZero();
      await(() -> refusedAfter(Duration.ofMinutes(6)) == 1);
      assertThatThrownBy(metrics::read).isInstanceOf(IOException.class);
      agent.sendBatch(1);
      room.countDown();
      await(() -> taken.size() == 1);
    }
  }

  @Test
  void keepsADeepFlowAgentThatHasNoSpansForLong() throws Exception {
    room.countDown();
    try (LinkAgent deepFlow = LinkAgent.connect(listener.port(), AGENT)) {
      deepFlow.write(ByteBuffer.wrap(TRACES_FRAME));
      await(() -> taken.size() == 1);

      for (int i = 0; i < 20; i++) {
        assertThat(refusedAfter(Duration.ofHours(10))).isZero();
        Thread.sleep(10);
      }
      deepFlow.write(ByteBuffer.wrap(TRACES_FRAME));
      await(() -> taken.size() == 2);
    }
  }

  private double refusedAfter(Duration time) {
    listener.closeOverdue(System.nanoTime() + time.toNanos());
    return registry
        .get("deepflow.server.connections.refused")
        .tag("kind", "overdue")
        .counter()
        .count();
  }

  @Test
  void waitsAndSaysItOnceWhileThereAreNoFileDescriptors() throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger(FrameListener.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    try {
      port.trouble(() -> {
        throw new IOException("Too many open files");
      });
      // The accept that waits is not in trouble.
      SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port()))
          .close();
      await(() -> port.troubles() > 0);
      Thread.sleep(1_000);

      assertThat(port.troubles()).isBetween(2, 12);
      assertThat(lines.list).hasSize(1);
    } finally {
      log.detachAppender(lines);
    }
    port.trouble(null);
    isServed();
  }

  @Test
  void goesOnWhenAConnectionBreaksBeforeItIsServed() throws Exception {
    for (Callable<SocketChannel> trouble :
        List.<Callable<SocketChannel>>of(
            FrameListenerTest::closedChannel,
            () -> {
              throw new OutOfMemoryError("of the test");
            })) {
      int before = port.troubles();
      port.trouble(trouble);
      SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port()))
          .close();
      await(() -> port.troubles() > before);
      port.trouble(null);
      isServed();
    }
  }

  private static SocketChannel closedChannel() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.close();
    return channel;
  }

  private void isServed() throws Exception {
    try (LinkAgent agent = LinkAgent.connect(listener.port(), AGENT)) {
      assertThat(agent.greet(1)).isInstanceOf(LinkMessage.Welcome.class);
    }
  }

  private double counted(String name) {
    return registry.get(name).counter().count();
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("waited in vain").isLessThan(deadline);
      Thread.sleep(10);
    }
  }

  private static void awaitConnectionsInMemory(long most) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    long held = connectionsInMemory();
    while (held > most) {
      assertThat(System.nanoTime()).as("%s connections are held", held).isLessThan(deadline);
      Thread.sleep(200);
      held = connectionsInMemory();
    }
  }

  /// How many can be reached, by the virtual machine's own count.
  private static long connectionsInMemory() throws Exception {
    Object histogram =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
    return histogram
        .toString()
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(line -> line.length > 3 && line[3].equals(AgentConnection.class.getName()))
        .mapToLong(line -> Long.parseLong(line[1]))
        .sum();
  }
}
