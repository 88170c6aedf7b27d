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
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A day that an earlier version has filled in part expires as one that this version filled.
class OldDayTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final int TRACES = 30;

  /// The first trace of each block.
  private static final int FIRST = TRACES;

  private static final int SECOND = 2 * TRACES;
  private static final int THIRD = 3 * TRACES;
  private static final int END = 4 * TRACES;

  /// Some start in the same second as others.
  private static final long BEGIN = 1_700_000_000_000_000_000L;

  private static final long APART = 100_000_000;

  private final Instant now = Instant.now(); // what is older expires by the engine's own clock
  private final Instant day = now.minus(Duration.ofDays(4));
  private Instant clock = day.plusSeconds(60);

  @BeforeEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
  }

  private Store open(String rule) throws Exception {
    var rules = new RetentionRules(List.of(RetentionRule.parse(rule)), Duration.ofDays(2));
    return Store.open(
        engine.clickHouse(), StoreConfig.single(Lifetimes.of(rules)), () -> clock, new Random(1));
  }

  /// Every third one has an error, every second one an array.
  private static TracesData traces(int first) {
    ScopeSpans.Builder spans = ScopeSpans.newBuilder();
    for (int i = first; i < first + TRACES; i++) {
      Span.Builder span =
          Span.newBuilder()
              .setTraceId(id(i, 16))
              .setSpanId(id(i, 8))
              .setName("GET /")
              .setStartTimeUnixNano(BEGIN + i * APART)
              .setEndTimeUnixNano(BEGIN + 2L * i * APART)
              .addLinks(Span.Link.newBuilder().setTraceId(id(7, 16)).setSpanId(id(7, 8)));
      if (i % 3 == 0) {
        span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
      }
      if (i % 2 == 0) {
        AnyValue eu = AnyValue.newBuilder().setStringValue("eu").build();
        span.addAttributes(
            KeyValue.newBuilder()
                .setKey("region")
                .setValue(
                    AnyValue.newBuilder().setArrayValue(ArrayValue.newBuilder().addValues(eu))));
      }
      spans.addSpans(span);
    }
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(Resource.getDefaultInstance())
                .addScopeSpans(spans))
        .build();
  }

  private static ByteString id(long number, int length) {
    return ByteString.copyFrom(ByteBuffer.allocate(length).putLong(length - 8, number));
  }

  private static void put(Store store, TracesData traces) throws Exception {
    byte[] request = traces.toByteArray();
    Draft draft = new Draft(LabelSnapshot::empty);
    draft.begin(new Batch(OldStore.AGENT, 1, 3));
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    StoredBlock block = new StoredBlock();
    block.begin(store.nextBlock());
    new SpanEncoder().encode(draft, block);
    block.end(List.of(new Commit(OldStore.AGENT, 1, 3, 3, 1, draft.spans(), 0)), List.of());
    store.commit(block, false);
  }

  /// Two blocks of an earlier version, of which a crash cut one short, and one of this version.
  private Store filled(String lastFile, String rule) throws Exception {
    var old = new OldStore(engine.clickHouse(), lastFile);
    old.put(traces(FIRST), day);
    old.putAndDie(traces(SECOND), day.plusSeconds(30));
    engine.reopen();
    Store store = open(rule);
    put(store, traces(THIRD));
    clock = now;
    return store;
  }

  private static List<Long> left(String table) throws Exception {
    List<Long> traces = new ArrayList<>();
    Query query =
        Query.of(
            "SELECT reinterpretAsUInt64(reverse(substring(trace_id, 9, 8))) AS n FROM deepflow.%s ORDER BY n"
                .formatted(table));
    try (Rows rows = engine.clickHouse().query(query)) {
      while (rows.next()) {
        traces.add(rows.getLong(0));
      }
    }
    return traces;
  }

  private static Span stored(int trace) throws Exception {
    String id = HexFormat.of().formatHex(id(trace, 16).toByteArray());
    byte[] found =
        new SpanReader(engine.clickHouse())
            .trace(id, SpanReader.TimeRange.ALL, 10, 1 << 20)
            .all()
            .toTracesData();
    return TracesData.parseFrom(found).getResourceSpans(0).getScopeSpans(0).getSpans(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0009-values.sql", "0013-files.sql", "0014-link-index.sql"})
  void isCutByRules(String lastFile) throws Exception {
    Store store = filled(lastFile, "9d status = error");

    store.expiry().run();

    List<Long> kept = new ArrayList<>();
    for (long trace = FIRST; trace < END; trace += 3) {
      kept.add(trace);
    }
    assertThat(left("spans")).isEqualTo(kept);
    assertThat(left("trace_index")).isEqualTo(kept);
    assertThat(left("link_index"))
        .isEqualTo(
            lastFile.startsWith("0014")
                ? kept
                : kept.stream().filter(trace -> trace >= SECOND).toList());
    assertThat(engine.number("SELECT sum(spans) FROM deepflow.expired")).isEqualTo(2L * TRACES);
    for (int trace = FIRST; trace < END; trace += 3) {
      assertThat(stored(trace))
          .isEqualTo(traces(trace).getResourceSpans(0).getScopeSpans(0).getSpans(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0009-values.sql", "0013-files.sql", "0014-link-index.sql"})
  void isDroppedWhole(String lastFile) throws Exception {
    Store store = filled(lastFile, "1d status = error");

    store.expiry().run();

    for (String table : Expiry.TABLES) {
      assertThat(engine.number("SELECT count() FROM deepflow." + table)).as(table).isZero();
    }
    assertThat(engine.number("SELECT sum(spans) FROM deepflow.expired")).isEqualTo(3L * TRACES);
  }

  /// Rows of before the column are without elements, so such a rule doesn't find them.
  @ParameterizedTest
  @ValueSource(strings = {"0009-values.sql", "0014-link-index.sql"})
  void isCutByElementsThatAreNewerThanSomeOfItsRows(String lastFile) throws Exception {
    Store store = filled(lastFile, "9d attribute.region = eu");

    store.expiry().run();

    List<Long> kept = new ArrayList<>();
    for (long trace = THIRD; trace < END; trace += 2) {
      kept.add(trace);
    }
    assertThat(left("spans")).isEqualTo(kept);
    assertThat(engine.number("SELECT sum(spans) FROM deepflow.expired"))
        .isEqualTo(3L * TRACES - kept.size());
  }
}
