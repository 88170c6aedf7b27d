package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.Query;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// P3: what comes out is what went in, through the real engine.
class LosslessTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final int SPANS = 10_000;
  private static final int SPANS_IN_BLOCK = 2_500;
  private static final int TRACES_BY_ID = 25;

  /// A span with all that was round it.
  private record Whole(ResourceSpans resource, ScopeSpans scope, Span span) {}

  @Test
  void givesBackEveryFieldOfEverySpan() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    var random = new Random(seed);
    var generator = new OtlpGenerator(random);
    ClickHouse clickHouse = engine.clickHouse();
    Store store =
        Store.open(
            clickHouse,
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(seed));
    var draft = new Draft(LabelSnapshot::empty);
    var encoder = new SpanEncoder();
    var block = new StoredBlock();
    var reader = new SpanReader(clickHouse);
    for (int spans = 0; spans < SPANS; spans += draft.spans()) {
      draft.clear();
      Map<Whole, Integer> sent = fill(draft, generator);
      block.begin(store.nextBlock());
      encoder.encode(draft, block);
      assertThat(encoder.refused()).as("tests.seed=%s", seed).isEmpty();
      store.commit(block, false);

      Trace read =
          reader
              .page(
                  Query::of,
                  "block_id = " + Long.toUnsignedString(block.id().number()),
                  2 * SPANS_IN_BLOCK,
                  Integer.MAX_VALUE)
              .spans();

      assertSame(count(TracesData.parseFrom(read.toTracesData())), sent, seed);
      findSomeByTraceId(reader, sent, random, seed);
    }
    assertThat(generator.fieldsNeverSet()).as("fields that were never tried").isEmpty();
  }

  /// Shows one span of each side, not thousands.
  private static void assertSame(Map<Whole, Integer> read, Map<Whole, Integer> sent, long seed) {
    assertThat(sent.entrySet().stream().filter(one -> !read.entrySet().contains(one)).limit(1))
        .as("sent and not read; tests.seed=%s", seed)
        .isEmpty();
    assertThat(read.entrySet().stream().filter(one -> !sent.entrySet().contains(one)).limit(1))
        .as("read and not sent; tests.seed=%s", seed)
        .isEmpty();
  }

  private static Map<Whole, Integer> fill(Draft draft, OtlpGenerator generator) throws Exception {
    var sent = new HashMap<Whole, Integer>();
    for (int batch = 1; draft.spans() < SPANS_IN_BLOCK; batch++) {
      draft.begin(new Batch(new Identity(1, 1), 1, batch));
      TracesData traces = generator.traces();
      byte[] request = traces.toByteArray();
      draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
      // Parsed again, because the bytes are what was sent.
      count(TracesData.parseFrom(request))
          .forEach((whole, n) -> sent.merge(whole, n, Integer::sum));
    }
    return sent;
  }

  private static void findSomeByTraceId(
      SpanReader reader, Map<Whole, Integer> sent, Random random, long seed) throws Exception {
    List<Whole> all = new ArrayList<>(sent.keySet());
    for (int i = 0; i < TRACES_BY_ID; i++) {
      Whole wanted = all.get(random.nextInt(all.size()));
      String traceId = HexFormat.of().formatHex(wanted.span.getTraceId().toByteArray());
      Trace trace = reader.trace(traceId, SpanReader.TimeRange.ALL, 100, Integer.MAX_VALUE).all();
      assertThat(count(TracesData.parseFrom(trace.toTracesData())))
          .as("tests.seed=%s trace %s", seed, traceId)
          .isEqualTo(Map.of(wanted, 1));
    }
  }

  private static Map<Whole, Integer> count(TracesData traces) {
    var counts = new HashMap<Whole, Integer>();
    for (ResourceSpans resource : traces.getResourceSpansList()) {
      for (ScopeSpans scope : resource.getScopeSpansList()) {
        for (Span span : scope.getSpansList()) {
          counts.merge(
              new Whole(
                  resource.toBuilder().clearScopeSpans().build(),
                  scope.toBuilder().clearSpans().build(),
                  span),
              1,
              Integer::sum);
        }
      }
    }
    return counts;
  }

  @Test
  void keepsBytesThatAreNoUtf8AndKeysThatRepeat() throws Exception {
    Store store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(1));
    // trace 1, span 2, name FF FE, attribute k = "\xC3", attribute k = "again"
    byte[] span =
        HexFormat.of()
            .parseHex(
                "0a10000102030405060708090a0b0c0d0e0f"
                    + "12080102030405060708"
                    + "2a02fffe"
                    + "4a08"
                    + "0a016b12030a01c3"
                    + "4a0c"
                    + "0a016b12070a05616761696e");
    var draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(new Identity(3, 3), 1, 1));
    byte[] scope = concat(new byte[] {0x12, (byte) span.length}, span);
    byte[] resource = concat(new byte[] {0x12, (byte) scope.length}, scope);
    byte[] request = concat(new byte[] {0x0a, (byte) resource.length}, resource);
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    var block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    store.commit(block, false);

    Trace read =
        new SpanReader(engine.clickHouse())
            .trace(
                "000102030405060708090a0b0c0d0e0f", SpanReader.TimeRange.ALL, 10, Integer.MAX_VALUE)
            .all();

    assertThat(read.resources().getFirst().scopes().getFirst().spans().getFirst())
        .isEqualTo(new Bytes(span));
  }

  private static byte[] concat(byte[] first, byte[] second) {
    return ByteString.copyFrom(first).concat(ByteString.copyFrom(second)).toByteArray();
  }
}
