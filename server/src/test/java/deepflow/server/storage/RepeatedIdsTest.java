package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
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
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Calls and links where several spans of a trace have one id.
class RepeatedIdsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity AGENT = new Identity(3, 4);
  private static final long BEGIN = System.currentTimeMillis() / 1_000 * 1_000_000_000L;
  private static final int SHARED = 0x51;
  private static final int NONE = 0;

  private long batch;
  private long now = BEGIN;
  private Store store;
  private Rollups rollups;

  @BeforeEach
  void open() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(30)),
            () -> Instant.ofEpochSecond(0, now),
            new Random(1));
    rollups = new Rollups(engine.clickHouse(), store, _ -> {}, Rollups.Pace.NORMAL);
  }

  private static Span.Builder span(SpanKind kind, int id, int parent) {
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex("0a".repeat(16)))
        .setSpanId(id(id))
        .setParentSpanId(parent == NONE ? ByteString.EMPTY : id(parent))
        .setName("call")
        .setKind(kind)
        .setStartTimeUnixNano(BEGIN)
        .setEndTimeUnixNano(BEGIN + 1_000_000);
  }

  private static ByteString id(int id) {
    return ByteString.fromHex("%016x".formatted(id));
  }

  private static ResourceSpans of(String service, Iterable<Span> spans) {
    return ResourceSpans.newBuilder()
        .setResource(
            Resource.newBuilder()
                .addAttributes(
                    KeyValue.newBuilder()
                        .setKey("service.name")
                        .setValue(AnyValue.newBuilder().setStringValue(service))))
        .addScopeSpans(ScopeSpans.newBuilder().addAllSpans(spans))
        .build();
  }

  private static ResourceSpans of(String service, Span.Builder span) {
    return of(service, List.of(span.build()));
  }

  /// As a block of its own.
  private void send(ResourceSpans... some) throws Exception {
    byte[] request =
        TracesData.newBuilder().addAllResourceSpans(List.of(some)).build().toByteArray();
    var draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(AGENT, 1, ++batch));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    var block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
    store.commit(block, false);
  }

  private Map<String, Long> rolledUp() throws Exception {
    while (rollups.rollUp(Long.MAX_VALUE)) {
      now += 70_000_000_000L;
    }
    var calls = new TreeMap<String, Long>();
    String sql =
        "SELECT concat(client, if(link = 1, ' linked by ', ' > '), server) AS call,"
            + " toUInt64(sum(request)) FROM %s GROUP BY call".formatted(RedTables.CALLS);
    try (Rows rows = engine.clickHouse().query(Query.of(sql))) {
      while (rows.next()) {
        calls.put(rows.getString(0), rows.getLong(1));
      }
    }
    return calls;
  }

  /// As Zipkin's clients and servers do.
  @Test
  void aServerThatSharesItsClientsIdIsCalledByItAndCallsTheOthers() throws Exception {
    send(
        of("a", span(SpanKind.SPAN_KIND_CLIENT, SHARED, NONE)),
        of("b", span(SpanKind.SPAN_KIND_SERVER, SHARED, NONE)),
        of("c", span(SpanKind.SPAN_KIND_SERVER, 3, SHARED)));

    assertThat(rolledUp()).isEqualTo(Map.of("a > b", 1L, "b > c", 1L));
  }

  @Test
  void aServerThatSharesItsIdAndNamesAParentIsCalledOnce() throws Exception {
    send(
        of("a", span(SpanKind.SPAN_KIND_SERVER, 1, NONE)),
        of("a", span(SpanKind.SPAN_KIND_CLIENT, SHARED, 1)),
        of("b", span(SpanKind.SPAN_KIND_SERVER, SHARED, 1)),
        of("c", span(SpanKind.SPAN_KIND_SERVER, 3, SHARED)));

    assertThat(rolledUp()).isEqualTo(Map.of("a > b", 1L, "b > c", 1L));
  }

  @Test
  void aCallIsCountedOnceThoughItsCallerIsStoredWithTwoContents() throws Exception {
    send(
        of("a", span(SpanKind.SPAN_KIND_CLIENT, 1, NONE)),
        of("a", span(SpanKind.SPAN_KIND_CLIENT, 1, NONE).setName("other")),
        of("b", span(SpanKind.SPAN_KIND_SERVER, 2, 1)));

    assertThat(rolledUp()).isEqualTo(Map.of("a > b", 1L));
  }

  @Test
  void aCallIsCountedOnceThoughTheOtherContentComesAfterwards() throws Exception {
    send(
        of("a", span(SpanKind.SPAN_KIND_CLIENT, 1, NONE)),
        of("b", span(SpanKind.SPAN_KIND_SERVER, 2, 1)));
    rolledUp();
    send(of("a", span(SpanKind.SPAN_KIND_CLIENT, 1, NONE).setName("other")));

    assertThat(rolledUp()).isEqualTo(Map.of("a > b", 1L));
  }

  @Test
  void aLinkIsCountedOnceThoughTwoServicesHaveTheSpanThatItNames() throws Exception {
    send(
        of("a", span(SpanKind.SPAN_KIND_CLIENT, SHARED, NONE)),
        of("b", span(SpanKind.SPAN_KIND_INTERNAL, SHARED, NONE)),
        of("b", span(SpanKind.SPAN_KIND_CONSUMER, SHARED, NONE)),
        of(
            "c",
            span(SpanKind.SPAN_KIND_INTERNAL, 3, NONE)
                .addLinks(
                    Span.Link.newBuilder()
                        .setTraceId(ByteString.fromHex("0a".repeat(16)))
                        .setSpanId(id(SHARED)))));

    assertThat(rolledUp()).isEqualTo(Map.of("a > b", 1L, "b linked by c", 1L));
  }

  /// Who pairs each with each makes calls, and takes time, by the square of their number.
  @Test
  void spansThatAllHaveOneIdAreNotMoreCallsThanSpans() throws Exception {
    int spans = 3_000;
    List<Span> ofOne =
        IntStream.range(0, spans)
            .mapToObj(
                i -> span(SpanKind.SPAN_KIND_SERVER, SHARED, SHARED).setName("call " + i).build())
            .toList();
    send(of("a", ofOne), of("b", ofOne));

    assertThat(rolledUp().values().stream().mapToLong(n -> n).sum()).isBetween(1L, 2L * spans);
  }
}
