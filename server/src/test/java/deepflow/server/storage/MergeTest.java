package deepflow.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The same span, sent twice by different ways, is seen once; spans that differ are both kept.
class MergeTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final String TRACE = "000102030405060708090a0b0c0d0e0f";
  private static final int SPANS = 50;
  private static final HostAdded ALL = _ -> true;

  private final Draft draft = new Draft(LabelSnapshot::empty);
  private final SpanEncoder encoder = new SpanEncoder();
  private long batch;

  @Test
  void mergesASpanThatDiffersOnlyInWhatTheAgentAdded() throws Exception {
    Store store = open();
    store(store, request("GET /", resource("shop")), HostAdded.NONE);
    store(store, request("GET /", resource("shop", "app.host.ip", "10.0.0.1")), ALL);
    store(store, request("GET /", resource("shop", "app.host.ip", "10.0.0.2")), ALL);
    // Here app.host.ip is the sender's own word, so it is another span.
    store(store, request("GET /", resource("shop", "app.host.ip", "10.0.0.1")), HostAdded.NONE);
    store(store, request("GET /other", resource("shop")), HostAdded.NONE);

    Trace trace =
        new SpanReader(engine.clickHouse())
            .trace(TRACE, SpanReader.TimeRange.ALL, 100, Integer.MAX_VALUE)
            .all();

    assertThat(trace.spans()).isEqualTo(3);
    assertThat(trace.merged()).isEqualTo(2);
  }

  @Test
  void mergesASpanWhoseResourceOnlyTheAgentMade() throws Exception {
    Store store = open();
    var bare = ResourceSpans.newBuilder();
    var made = bare.clone().setResource(attributes("app.host.ip", "10.0.0.1"));
    store(store, request("bare", bare), HostAdded.NONE);
    store(store, request("bare", made), ALL);

    Trace trace =
        new SpanReader(engine.clickHouse())
            .trace(TRACE, new SpanReader.TimeRange(1, 1), 100, Integer.MAX_VALUE)
            .all();

    assertThat(trace.spans() + trace.merged()).isZero();
    trace =
        new SpanReader(engine.clickHouse())
            .trace(TRACE, SpanReader.TimeRange.ALL, 100, Integer.MAX_VALUE)
            .all();
    assertThat(
            TracesData.parseFrom(trace.toTracesData()).getResourceSpansList().stream()
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .filter(span -> span.getName().equals("bare")))
        .hasSize(1);
  }

  @Test
  void givesATraceWholeThatWasSentTwiceWhereThereIsRoomForItOnce() throws Exception {
    Store store = open();
    var trace = ScopeSpans.newBuilder();
    long bytes = 0;
    for (int i = 0; i < SPANS; i++) {
      Span span =
          Span.newBuilder()
              .setTraceId(ByteString.copyFromUtf8("that comes twice"))
              .setSpanId(ByteString.copyFromUtf8("span " + (100 + i)))
              .setName("x".repeat(100))
              .setStartTimeUnixNano(1_800_000_000_000_000_000L + i)
              .build();
      trace.addSpans(span);
      bytes += span.getSerializedSize();
    }
    for (String agent : List.of("10.0.0.1", "10.0.0.2", "10.0.0.2")) {
      var resource = resource("shop", "app.host.ip", agent).addScopeSpans(trace);
      store(store, TracesData.newBuilder().addResourceSpans(resource).build().toByteArray(), ALL);
    }

    String id = HexFormat.of().formatHex("that comes twice".getBytes(UTF_8));
    Trace whole =
        new SpanReader(engine.clickHouse()).trace(id, SpanReader.TimeRange.ALL, SPANS, bytes).all();

    assertThat(whole.spans()).isEqualTo(SPANS);
    assertThat(whole.merged()).isEqualTo(2 * SPANS);
    assertThat(whole.truncated()).isFalse();
  }

  @Test
  void aBlockKeepsASpanOnceAndSaysHowManyItLeftOut() throws Exception {
    draft.begin(new Batch(new Identity(1, 1), 1, ++batch));
    add(request("once", resource("shop")), HostAdded.NONE);
    add(request("once", resource("shop", "app.host.ip", "10.0.0.1")), ALL);
    add(request("once", resource("shop", "app.host.ip", "10.0.0.1")), HostAdded.NONE);
    var block = new StoredBlock();
    block.begin(new BlockId(1_800_000_000_000_000_000L));

    encoder.encode(draft, block);

    assertThat(block.spans().block().rows()).isEqualTo(2);
    assertThat(encoder.merged()).isEqualTo(1);
  }

  /// As of a sender whose clock knows milliseconds only.
  @Test
  void aBlockKeepsEachOfManySpansOnceThatBeganAtTheSameTime() throws Exception {
    draft.begin(new Batch(new Identity(1, 1), 1, ++batch));
    for (int copy = 0; copy < 2; copy++) {
      for (int i = 0; i < 100; i++) {
        add(request("span " + i, resource("shop")), HostAdded.NONE);
      }
    }
    var block = new StoredBlock();
    block.begin(new BlockId(1_800_000_000_000_000_000L));

    encoder.encode(draft, block);

    assertThat(block.spans().block().rows()).isEqualTo(100);
    assertThat(encoder.merged()).isEqualTo(100);
  }

  private static Store open() throws Exception {
    return Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(3)),
        InstantSource.system(),
        new Random(1));
  }

  /// In a block of its own.
  private void store(Store store, byte[] request, HostAdded hostAdded) throws Exception {
    draft.clear();
    draft.begin(new Batch(new Identity(1, 1), 1, ++batch));
    add(request, hostAdded);
    var block = new StoredBlock();
    block.begin(store.nextBlock());
    encoder.encode(draft, block);
    store.commit(block, false);
  }

  private void add(byte[] request, HostAdded hostAdded) throws Exception {
    draft.add(request, 0, request.length, new byte[16], hostAdded);
  }

  private static ResourceSpans.Builder resource(String service, String... more) {
    return ResourceSpans.newBuilder()
        .setResource(attributes("service.name", service).mergeFrom(attributes(more).build()));
  }

  private static Resource.Builder attributes(String... pairs) {
    var resource = Resource.newBuilder();
    for (int i = 0; i < pairs.length; i += 2) {
      resource.addAttributes(
          KeyValue.newBuilder()
              .setKey(pairs[i])
              .setValue(AnyValue.newBuilder().setStringValue(pairs[i + 1])));
    }
    return resource;
  }

  private static byte[] request(String name, ResourceSpans.Builder resource) {
    byte[] traceId = new byte[16];
    for (int i = 0; i < traceId.length; i++) {
      traceId[i] = (byte) i;
    }
    var span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFrom(traceId))
            .setSpanId(ByteString.copyFromUtf8("12345678"))
            .setName(name)
            .setStartTimeUnixNano(1_800_000_000_000_000_000L);
    return TracesData.newBuilder()
        .addResourceSpans(resource.clone().addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
        .build()
        .toByteArray();
  }
}
