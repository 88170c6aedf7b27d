package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What was there at a time is read without the rest of the store, and so is a trace, whenever its
/// spans began.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SpanOrderTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long NOON = 1_795_608_000_000_000_000L;
  private static final int TRACES = 18_000;
  private static final int SPANS_IN_TRACE = 4;
  private static final long ROWS = (long) TRACES * SPANS_IN_TRACE;

  private static Store open() throws Exception {
    return Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(3)),
        InstantSource.system(),
        new Random(1));
  }

  private static byte[] traceId(long number) {
    return ByteBuffer.allocate(16)
        .putLong(number * 0x9E3779B97F4A7C15L)
        .putLong(number + 1)
        .array();
  }

  private static Span span(byte[] trace, long id, long start) {
    return Span.newBuilder()
        .setTraceId(ByteString.copyFrom(trace))
        .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(id).array()))
        .setName("GET /")
        .setStartTimeUnixNano(start)
        .setEndTimeUnixNano(start + 1_000)
        .build();
  }

  private static void store(Store store, long batch, List<Span> spans) throws Exception {
    byte[] request =
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .addScopeSpans(ScopeSpans.newBuilder().addAllSpans(spans)))
            .build()
            .toByteArray();
    Identity agent = new Identity(1, 2);
    Draft draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(agent, 1, batch));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    StoredBlock block = store.emptyBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(agent, 1, batch, batch, 1, draft.spans(), 0)), List.of());
    store.commit(block, false);
  }

  /// How many rows the engine would read.
  private static long estimate(String condition) throws Exception {
    Query query =
        Query.of("EXPLAIN ESTIMATE SELECT count() FROM deepflow.spans WHERE " + condition);
    try (Rows rows = engine.clickHouse().query(query)) {
      long read = 0;
      while (rows.next()) {
        read += "spans".equals(rows.getString(1)) ? rows.getLong(3) : 0;
      }
      return read;
    }
  }

  @Test
  @Order(1)
  void readsATimeAndATraceWithoutTheRest() throws Exception {
    Store store = open();
    long apart = Duration.ofHours(1).toNanos() / TRACES;
    var spans = new ArrayList<Span>();
    for (int trace = 0; trace < TRACES; trace++) {
      for (int i = 0; i < SPANS_IN_TRACE; i++) {
        spans.add(span(traceId(trace), i + 1L, NOON + trace * apart + i));
      }
    }
    store(store, 1, spans);

    long ofStep =
        estimate(
            "start_time >= fromUnixTimestamp64Nano(%s, 'UTC') AND start_time < fromUnixTimestamp64Nano(%s, 'UTC')"
                .formatted(NOON + 20 * SpanOrder.STEP_NANOS, NOON + 21 * SpanOrder.STEP_NANOS));
    long ofTrace =
        estimate(
            SpanOrder.ofTraces(
                "trace_id = unhex('%s')".formatted(HexFormat.of().formatHex(traceId(4_711)))));

    assertThat(ofStep).as("of %s rows", ROWS).isBetween(1L, ROWS / 10);
    assertThat(ofTrace).as("of %s rows", ROWS).isBetween(1L, ROWS / 10);
  }

  @Test
  @Order(2)
  void findsAllSpansOfATraceWheneverTheyBegan() throws Exception {
    Store store = open();
    byte[] trace = traceId(-1);
    long step = SpanOrder.STEP_NANOS;
    List<Long> starts =
        List.of(
            0L,
            1L,
            -1L,
            -step,
            -step - 1,
            step,
            NOON,
            NOON + step - 1,
            NOON + step,
            NOON - 1,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            NOON + 1_000 * step);
    List<Span> spans = new ArrayList<>();
    for (long start : starts) {
      spans.add(span(trace, spans.size() + 1L, start));
    }
    store(store, 2, spans.subList(0, 9));
    store(store, 3, spans.subList(9, spans.size()));

    Trace found =
        new SpanReader(engine.clickHouse())
            .trace(
                HexFormat.of().formatHex(trace), SpanReader.TimeRange.ALL, 100, Integer.MAX_VALUE)
            .all();

    assertThat(found.spans()).isEqualTo(starts.size());
  }

  @Test
  @Order(3)
  void aStoreInAnotherOrderIsRefused() throws Exception {
    open();
    engine
        .clickHouse()
        .execute(
            Query.of(
                "CREATE TABLE deepflow.by_trace AS deepflow.spans ENGINE = MergeTree PRIMARY KEY trace_id ORDER BY trace_id"));
    engine.clickHouse().execute(Query.of("DROP TABLE deepflow.spans SYNC"));
    engine.clickHouse().execute(Query.of("RENAME TABLE deepflow.by_trace TO deepflow.spans"));

    assertThatThrownBy(SpanOrderTest::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("ordered by trace_id")
        .hasMessageContaining("/v1/export");
  }
}
