package deepflow.server.ingester;

import com.google.protobuf.ByteString;
import deepflow.wire.frame.BatchWriter;
import deepflow.wire.frame.Frame;
import deepflow.wire.frame.FrameReader;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import deepflow.wire.tls.TlsChannel;
import deepflow.wire.tls.TlsContext;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HexFormat;

/// The agent's end of a link, spoken by the classes of `wire`. What a batch holds is a pure
/// function of its number, as with a real queue.
public final class LinkAgent implements AutoCloseable {
  static final int SPANS_IN_BATCH = 24;
  static final int SPANS_IN_TRACE = 8;

  private final Identity identity;
  private final ByteChannel channel;
  private final FrameReader reader;

  private LinkAgent(Identity identity, ByteChannel channel) {
    this.identity = identity;
    this.channel = channel;
    this.reader = new FrameReader(channel);
  }

  public static LinkAgent connect(int port, Identity identity) throws IOException {
    return new LinkAgent(
        identity,
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
  }

  /// Connects with TLS.
  static LinkAgent connect(int port, Identity identity, TlsContext tls) throws IOException {
    SocketChannel socket =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return new LinkAgent(
        identity, TlsChannel.client(socket, tls.current(), "localhost", Duration.ofSeconds(20)));
  }

  /// Says hello.
  ///
  /// @return the server's answer
  public LinkMessage greet(long epoch) throws IOException, MalformedFrameException {
    send(
        new LinkMessage.Hello(
            LinkMessage.PROTOCOL_VERSION,
            identity,
            epoch,
            1,
            "{\"host\":\"node-1\",\"version\":\"1\",\"otlp\":[\"http://127.0.0.1:4318\"]}"));
    return read();
  }

  /// The next message; an EOFException when the server closed.
  public LinkMessage read() throws IOException, MalformedFrameException {
    Frame frame = reader.read();
    if (frame == null) {
      throw new IOException("the server closed the connection");
    }
    return LinkMessage.of(frame);
  }

  void send(LinkMessage message) throws IOException {
    write(message.toFrame());
  }

  public void write(ByteBuffer frame) throws IOException {
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  public void sendBatch(long number) throws IOException {
    sendBatch(number, request(identity, number));
  }

  public void sendBatch(long number, byte[] request) throws IOException {
    sendBatch(number, request, 1_800_000_000_000_000_000L);
  }

  /// @param receivedNanos when the agent took it, ns since 1970-01-01 UTC, u64
  void sendBatch(long number, byte[] request, long receivedNanos) throws IOException {
    try (var writer = new BatchWriter()) {
      writer.append(
          request,
          0,
          request.length,
          receivedNanos,
          InetAddress.getByAddress(new byte[] {10, 0, 0, 7}),
          new byte[0]);
      send(LinkMessage.batchOf(writer.seal(number)));
    }
  }

  /// Reads acknowledgements until this batch is committed.
  public void awaitCommitted(long number) throws IOException, MalformedFrameException {
    long committed = 0;
    while (committed < number) {
      committed =
          switch (read()) {
            case LinkMessage.Acknowledgement acknowledgement -> acknowledgement.committed();
            case LinkMessage.Hello _,
                LinkMessage.Welcome _,
                LinkMessage.Batch _,
                LinkMessage.Refusal _,
                LinkMessage.Report _ ->
                throw new IOException("no acknowledgement");
          };
    }
  }

  /// The request that is batch `number` of this queue: three traces of eight spans, of which the
  /// last one links to the first one.
  static byte[] request(Identity identity, long number) {
    var scope = ScopeSpans.newBuilder();
    for (int i = 0; i < SPANS_IN_BATCH; i++) {
      scope.addSpans(span(identity, number, i));
    }
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(attribute("service.name", "shop"))
                        .addAttributes(attribute("k8s.pod.name", "shop-1")))
                .addScopeSpans(scope))
        .build()
        .toByteArray();
  }

  private static Span span(Identity identity, long number, int index) {
    int inTrace = index % SPANS_IN_TRACE;
    long start = 1_800_000_000_000_000_000L + number * 1_000_000 + index * 1_000L;
    ByteString trace = ByteString.copyFrom(traceId(identity, number, index / SPANS_IN_TRACE));
    Span.Builder span = Span.newBuilder();
    if (inTrace == SPANS_IN_TRACE - 1) {
      span.addLinks(Span.Link.newBuilder().setTraceId(trace).setSpanId(id(1)));
    }
    return span.setTraceId(trace)
        .setSpanId(id(inTrace + 1))
        .setParentSpanId(inTrace == 0 ? ByteString.EMPTY : id(inTrace))
        .setName("GET /cart")
        .setKind(Span.SpanKind.SPAN_KIND_SERVER)
        .setStartTimeUnixNano(start)
        .setEndTimeUnixNano(start + 5_000)
        .addAttributes(attribute("http.request.method", "GET"))
        .build();
  }

  static byte[] traceId(Identity identity, long number, int trace) {
    return ByteBuffer.allocate(16).putLong(identity.low() << 8 | trace + 1).putLong(number).array();
  }

  public static String traceIdHex(Identity identity, long number, int trace) {
    return HexFormat.of().formatHex(traceId(identity, number, trace));
  }

  private static ByteString id(long value) {
    return ByteString.copyFrom(ByteBuffer.allocate(8).putLong(value).array());
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
