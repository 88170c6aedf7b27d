package deepflow.server.ingester;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Engine;
import deepflow.wire.frame.Identity;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Requests of as many spans as fit into 64 MiB, from agents that don't cut them into pieces.
@Timeout(300)
class HugeRequestsTest {
  @RegisterExtension static final Engine engine = new Engine();

  @TempDir Path aside;

  private static final int SPANS = 2_200_000;
  private static final int SENDERS = 3;
  private static final int FIELDS = 20_000_000;
  private static final int ATTRIBUTE = 0x4a;
  private static final int EVENT = 0x5a;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Ingester ingester;

  @BeforeEach
  void start() throws Exception {
    ingester =
        Ingester.start(
            IngesterConfig.at(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Duration.ofDays(3),
                aside),
            engine.clickHouse(),
            LabelSnapshot::empty,
            registry,
            InstantSource.system());
  }

  @AfterEach
  void stop() {
    ingester.close();
  }

  /// Spans of 30 bytes: nothing but a trace id and a counted span id.
  private static byte[] request(int spans) {
    ByteBuffer fields = ByteBuffer.allocate(30 * spans);
    for (int i = 1; i <= spans; i++) {
      fields.put((byte) 0x12).put((byte) 28);
      fields.put((byte) 0x0a).put((byte) 16).putLong(7).putLong(i % 1000 + 1);
      fields.put((byte) 0x12).put((byte) 8).putLong(i);
    }
    return nested(nested(fields.array(), 0x12), 0x0a);
  }

  /// A span with so many empty fields of two bytes.
  private static byte[] requestOf(int id, int field, int count) {
    ByteBuffer span = ByteBuffer.allocate(28 + 2 * count);
    span.put((byte) 0x0a).put((byte) 16).putLong(7).putLong(id);
    span.put((byte) 0x12).put((byte) 8).putLong(id);
    for (int i = 0; i < count; i++) {
      span.put((byte) field).put((byte) 0);
    }
    return nested(nested(nested(span.array(), 0x12), 0x12), 0x0a);
  }

  /// An ordinary span of a resource with so many empty attributes.
  private static byte[] requestOfResource(int count) {
    ByteBuffer resource = ByteBuffer.allocate(2 * count);
    for (int i = 0; i < count; i++) {
      resource.put((byte) 0x0a).put((byte) 0);
    }
    byte[] head = nested(resource.array(), 0x0a);
    byte[] spans = requestOf(1, 0x4a, 0);
    int before = 2;
    ByteBuffer both = ByteBuffer.allocate(head.length + spans.length - before);
    return nested(both.put(head).put(spans, before, spans.length - before).array(), 0x0a);
  }

  private static byte[] nested(byte[] content, int tag) {
    int lengthBytes = CodedOutputStream.computeUInt32SizeNoTag(content.length);
    ByteBuffer message = ByteBuffer.allocate(1 + lengthBytes + content.length);
    message.put((byte) tag);
    for (int rest = content.length; rest > 0; rest >>>= 7) {
      message.put((byte) (rest > 0x7F ? (rest & 0x7F) | 0x80 : rest));
    }
    return message.put(content).array();
  }

  @Test
  void areKeptHoweverManyThingsASpanOrAResourceHas() throws Exception {
    List<byte[]> requests =
        List.of(
            requestOfResource(FIELDS),
            requestOf(2, ATTRIBUTE, FIELDS),
            requestOf(3, EVENT, FIELDS));
    try (LinkAgent link = LinkAgent.connect(ingester.port(), new Identity(10, 1))) {
      link.greet(1);
      for (int i = 0; i < requests.size(); i++) {
        link.sendBatch(i + 1, requests.get(i));
        link.awaitCommitted(i + 1);
      }
    }

    assertThat(number("spans WHERE agent = unhex('000000000000000a0000000000000001')"))
        .isEqualTo(requests.size());
    assertThat(number("resources WHERE length(resource) = %s".formatted(2 * FIELDS))).isEqualTo(1);
    assertThat(number("spans WHERE length(unknown_fields) > %s".formatted(2 * FIELDS)))
        .as("attributes that columns don't have are kept with the whole span")
        .isEqualTo(1);
    assertThat(number("spans WHERE length(events) = %s".formatted(2 * FIELDS))).isEqualTo(1);
    assertThat(ingester.failure()).isEmpty();
  }

  private static long number(String from) throws Exception {
    return Counts.number(engine.clickHouse(), "SELECT count() FROM deepflow." + from);
  }

  @Test
  void areTakenInBoundedMemoryAndAllTheirSpansAreAccountedFor() throws Exception {
    byte[] huge = request(SPANS);
    List<LinkAgent> links = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      LinkAgent link = LinkAgent.connect(ingester.port(), new Identity(8, i));
      link.greet(1);
      links.add(link);
    }
    for (LinkAgent link : links) {
      link.sendBatch(1, huge);
    }
    for (LinkAgent link : links) {
      link.awaitCommitted(1);
      link.close();
    }

    assertThat(ingester.failure()).isEmpty();
    long stored = number("spans WHERE startsWith(agent, unhex('0000000000000008'))");
    long refused =
        Counts.number(
            engine.clickHouse(),
            "SELECT sum(spans) FROM deepflow.refusals WHERE reason = 'too_many'");
    assertThat(stored).isGreaterThanOrEqualTo(100_000L * SENDERS);
    assertThat(stored + refused).isEqualTo((long) SPANS * SENDERS);
    try (LinkAgent ordinary = LinkAgent.connect(ingester.port(), new Identity(9, 1))) {
      ordinary.greet(1);
      ordinary.sendBatch(1);
      ordinary.awaitCommitted(1);
    }
    Counts.assertTablesAgree(engine.clickHouse());
  }
}
