package deepflow.agent.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import deepflow.agent.queue.Admission;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Hash128;
import deepflow.agent.queue.QueueConfig;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MessageType;
import deepflow.wire.tls.TlsFiles;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// With `agent.link: deepflow`.
@Timeout(60)
class DeepFlowLinkTest {
  private static final int AGENT_ID = 515;

  private final long seed = Long.getLong("tests.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final FrameSink server;
  @TempDir Path directory;
  private DurableQueue queue;

  DeepFlowLinkTest() throws Exception {
    server = new FrameSink();
  }

  @BeforeEach
  void openQueue() throws Exception {
    queue =
        DurableQueue.open(directory, QueueConfig.ofCapacity(64 << 20), Clock.systemUTC(), registry);
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    queue.close();
  }

  @Test
  void sendsGoldenFramesAndNothingElse() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      ByteArrayOutputStream received = new ByteArrayOutputStream();
      try (Forwarder _ = forwarder(new ServerAddress("127.0.0.1", port));
          SocketChannel connection = listener.accept()) {
        offer(HexFormat.of().parseHex("0a061204120209f0"), 1);
        received.write(connection.socket().getInputStream().readNBytes(31));
        offer(HexFormat.of().parseHex("0a1c121a12180a160a16" + "0a".repeat(20)), 1);
        received.write(connection.socket().getInputStream().readNBytes(42));
      }
      assertThat(HexFormat.of().formatHex(received.toByteArray()))
          .isEqualTo(
              """
              0000001f 06 0080 00 01000000 0100 0000 0302 00
              08000000 0a061204120209f0
              0000002a 0b 0080 00 01000000 0100 0000 0302 00
              13000000 7801e39211921292e01203422c00001b200185
              """
                  .replaceAll("\\s", ""));
    }
  }

  @Test
  void sendsEverySpanWithItsContentInFramesThatDeepFlowTakes() throws Exception {
    TracesData small = data("small", 3, 100);
    TracesData large = data("large", 4_000, 400);
    TracesData noise = data("noise", 6, 300_000);
    try (Forwarder _ = forwarder(server.address())) {
      offer(small.toByteArray(), 3);
      offer(large.toByteArray(), 4_000);
      long last = offer(noise.toByteArray(), 6);
      await(() -> queue.acknowledged() == last);
    }
    await(() -> spans(server.messages).size() == 4_009);

    assertThat(server.complaints).isEmpty();
    assertThat(server.types).contains(MessageType.OPENTELEMETRY_COMPRESSED);
    assertThat(server.agentIds).containsOnly(AGENT_ID);
    assertThat(server.messages).hasSizeGreaterThan(10);
    List<ResourceSpans> sent = new ArrayList<>();
    List.of(small, large, noise).forEach(data -> sent.addAll(alone(data)));
    assertThat(spans(server.messages)).as("seed %s", seed).isEqualTo(sent);
    assertThat(count("unacknowledged.spans")).isEqualTo(4_009);
    assertThat(count("acknowledged.spans")).isZero();
  }

  @Test
  void givesUpASpanThatNoFrameTakesAndCountsIt() throws Exception {
    TracesData data =
        data("a", 2, 100).toBuilder()
            .mergeFrom(data("b", 1, 600_000))
            .mergeFrom(data("c", 1, 100))
            .build();
    try (Forwarder _ = forwarder(server.address())) {
      long last = offer(data.toByteArray(), 4);
      await(() -> queue.acknowledged() == last);
    }
    await(() -> spans(server.messages).size() == 3);

    assertThat(refused("too_large")).isEqualTo(1);
    assertThat(refused("unreadable")).isZero();
    assertThat(count("unacknowledged.spans")).isEqualTo(3);
    assertThat(count("spans")).isEqualTo(3);
  }

  @Test
  void givesUpARequestThatIsNoProtobufAndGoesOn() throws Exception {
    try (Forwarder _ = forwarder(server.address())) {
      offer(new byte[] {10, 100, 1}, 7);
      long last = offer(data("a", 2, 100).toByteArray(), 2);
      await(() -> queue.acknowledged() == last);
    }
    await(() -> spans(server.messages).size() == 2);
    assertThat(refused("unreadable")).isEqualTo(7);
  }

  @Test
  void sendsABatchAgainWhoseFramesWereNotAllWritten() throws Exception {
    server.framesMax = 3;
    TracesData noise = data("noise", 60, 300_000);
    try (Forwarder _ = forwarder(server.address())) {
      long last = offer(noise.toByteArray(), 60);
      await(() -> server.connections() > 1);
      assertThat(queue.acknowledged()).isZero();
      server.framesMax = Integer.MAX_VALUE;
      await(() -> queue.acknowledged() == last);
    }
    await(() -> spans(server.messages).containsAll(alone(noise)));
  }

  @Test
  void sendsNothingToWhoClosesAtOnce() throws Exception {
    server.framesMax = 0;
    try (Forwarder forwarder = forwarder(server.address())) {
      offer(data("a", 2, 100).toByteArray(), 2);
      await(() -> server.connections() > 3);
      assertThat(forwarder.isConnected()).isFalse();
      assertThat(queue.acknowledged()).isZero();
    }
  }

  @Test
  void saysWhichSettingSendsToADeepFlowServer() throws Exception {
    ForwardConfig config = config(server.address(), LinkConfig.DEFAULT);
    Bandwidth bandwidth = new Bandwidth(Bandwidth.UNLIMITED, System::nanoTime);
    try (Link link = Link.open(server.address(), config, bandwidth, (_, _) -> {})) {
      assertThatThrownBy(() ->
              ((AcknowledgedLink) link)
                  .greet(new LinkMessage.Hello(1, queue.identity(), 1, 1, "{}")))
          .isInstanceOf(LinkException.class)
          .hasMessageContaining("--agent-link deepflow");
    }
  }

  private Forwarder forwarder(ServerAddress address) {
    LinkConfig link =
        new LinkConfig(LinkProtocol.DEEPFLOW, AGENT_ID, Bandwidth.UNLIMITED, TlsFiles.NONE, "");
    return Forwarder.start(queue, config(address, link), random, registry);
  }

  private static ForwardConfig config(ServerAddress address, LinkConfig link) {
    return new ForwardConfig(
        List.of(address),
        link,
        null,
        "{}",
        1 << 20,
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ofSeconds(5),
        Duration.ofMillis(5),
        Duration.ofMillis(50),
        Duration.ofMillis(50));
  }

  private long offer(byte[] request, int spans) throws Exception {
    Entry entry =
        new Entry(
            request,
            0,
            request.length,
            spans,
            InetAddress.getLoopbackAddress(),
            new byte[] {1},
            1L,
            new Hash128(random.nextLong(), random.nextLong()));
    return ((Admission.Durable) queue.offer(entry).get(20, TimeUnit.SECONDS)).batch();
  }

  private TracesData data(String scope, int spans, int bytes) {
    ScopeSpans.Builder scopeSpans =
        ScopeSpans.newBuilder().setScope(InstrumentationScope.newBuilder().setName(scope));
    for (int i = 0; i < spans; i++) {
      byte[] noise = new byte[bytes];
      random.nextBytes(noise);
      scopeSpans.addSpans(Span.newBuilder().setTraceId(ByteString.copyFrom(noise)));
    }
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder().setSchemaUrl("of " + scope).addScopeSpans(scopeSpans))
        .build();
  }

  /// Each span in a message of its own.
  private static List<ResourceSpans> alone(TracesData data) {
    List<ResourceSpans> alone = new ArrayList<>();
    for (ResourceSpans resource : data.getResourceSpansList()) {
      for (ScopeSpans scope : resource.getScopeSpansList()) {
        for (Span span : scope.getSpansList()) {
          alone.add(
              resource.toBuilder()
                  .clearScopeSpans()
                  .addScopeSpans(scope.toBuilder().clearSpans().addSpans(span))
                  .build());
        }
      }
    }
    return alone;
  }

  private static List<ResourceSpans> spans(List<byte[]> messages) {
    try {
      List<ResourceSpans> all = new ArrayList<>();
      for (byte[] message : messages) {
        all.addAll(alone(TracesData.parseFrom(message)));
      }
      return all;
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private double count(String name) {
    return registry.get("deepflow.agent.forward." + name).counter().count();
  }

  private double refused(String reason) {
    return registry
        .get("deepflow.agent.forward.refused.spans")
        .tag("reason", reason)
        .counter()
        .count();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }
}
