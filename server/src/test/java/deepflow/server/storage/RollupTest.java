package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
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
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Metrics of random spans that come in any order, late, twice and to a store that breaks, compared
/// with those of plain Java.
class RollupTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Identity AGENT = new Identity(3, 4);
  private static final List<String> SERVICES = List.of("shop", "cart", "支付", "it's", "");
  private static final int STEPS = Boolean.getBoolean("deepflow.long") ? 200 : 20;
  private static final long MINUTE = 60_000_000_000L;
  private static final long BEGIN =
      (System.currentTimeMillis() / 60_000 - 60) * MINUTE; // what is older expires

  /// One span as it was sent.
  private record Sent(
      String service,
      String traceId,
      String spanId,
      String parent,
      List<String> links,
      boolean isCalled,
      long end,
      long micros,
      boolean failed) {

    long minute() {
      return end / MINUTE * 60;
    }
  }

  private final Random random = new Random(SEED);
  private final FaultyClickHouse clickHouse = new FaultyClickHouse(engine.clickHouse());
  private final SpanEncoder encoder = new SpanEncoder();
  private final Draft draft = new Draft(LabelSnapshot::empty);
  private final List<Sent> spans = new ArrayList<>();
  private final List<byte[]> requests = new ArrayList<>();

  /// Made, and sent some steps later.
  private final List<byte[]> held = new ArrayList<>();

  private long sentAgain;
  private long now = BEGIN;
  private long batch;
  private long merged;
  private int metricsKeys = StoreConfig.METRICS_KEYS;
  private Store store;
  private Rollups rollups;

  @BeforeEach
  void open() throws Exception {
    clickHouse.execute(Query.of("DROP DATABASE IF EXISTS deepflow"));
    start();
  }

  private void start() throws Exception {
    store =
        Store.open(
            clickHouse,
            StoreConfig.single(Duration.ofDays(3_000)).withMetricsKeys(metricsKeys),
            () -> Instant.ofEpochSecond(0, now),
            random);
    rollups =
        new Rollups(
            clickHouse,
            store,
            _ -> {},
            Rollups.Pace.NORMAL.withAtOnce(random.nextLong(1, 200), random.nextLong(200, 1_000)));
  }

  private void send(byte[]... some) throws Exception {
    draft.clear();
    draft.begin(new Batch(AGENT, 1, ++batch));
    for (byte[] request : some) {
      draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    }
    var block = new StoredBlock(metricsKeys);
    block.begin(store.nextBlock());
    encoder.encode(draft, block);
    block.end(List.of(new Commit(AGENT, 1, batch, batch, 1, draft.spans(), 0)), List.of());
    store.commit(block, false);
    merged += encoder.merged();
  }

  private void rollUpAll() throws ClickHouseException {
    while (rollups.rollUp(Long.MAX_VALUE)) {
      // the next minute
    }
  }

  /// A trace whose spans are in requests of their own, one a service.
  private List<byte[]> trace(long from) {
    Map<String, ScopeSpans.Builder> byService = new HashMap<>();
    String traceId = hex(16);
    List<String> ids = new ArrayList<>();
    for (int n = random.nextInt(1, 12); n > 0; n--) {
      String service = SERVICES.get(random.nextInt(SERVICES.size()));
      String parent =
          ids.isEmpty() || random.nextInt(10) == 0 ? "" : ids.get(random.nextInt(ids.size()));
      String id = hex(8);
      ids.add(id);
      int kind = random.nextInt(6);
      boolean failed = random.nextInt(5) == 0;
      long start = from + random.nextLong(2_000_000_000L);
      boolean ends = random.nextInt(10) != 0;
      long end = ends ? start + (long) Math.exp(random.nextDouble(23)) : start;
      List<String> links = links(start);
      byService
          .computeIfAbsent(service, _ -> ScopeSpans.newBuilder())
          .addSpans(
              Span.newBuilder()
                  .setTraceId(bytes(traceId))
                  .setSpanId(bytes(id))
                  .setParentSpanId(bytes(parent))
                  .setName("GET /" + random.nextInt(3))
                  .setKindValue(kind)
                  .addAllLinks(links.stream().map(RollupTest::link).toList())
                  .setStartTimeUnixNano(start)
                  .setEndTimeUnixNano(ends ? end : 0)
                  .setStatus(Status.newBuilder().setCodeValue(failed ? 2 : 0)));
      spans.add(
          new Sent(
              service,
              traceId,
              id,
              parent,
              links,
              kind == 2 || kind == 5,
              end,
              end / 1_000 - start / 1_000,
              failed));
    }
    List<byte[]> made = new ArrayList<>();
    byService.forEach((service, scope) -> made.add(request(service, scope)));
    requests.addAll(made);
    return made;
  }

  /// Ids of spans that one names which begins then: any that were made, of any trace, or none.
  private List<String> links(long start) {
    List<String> links = new ArrayList<>();
    for (int n = random.nextInt(4); n > 1 && !spans.isEmpty(); n--) {
      Sent linked = spans.get(random.nextInt(spans.size()));
      if (Math.abs(start - linked.end) < BlockRange.LINKED_SECONDS * 900_000_000L) {
        links.add(linked.traceId + linked.spanId);
      }
    }
    if (random.nextInt(10) == 0) {
      links.add(hex(24)); // of a span that nobody sends
    }
    return links;
  }

  private static Span.Link link(String ids) {
    return Span.Link.newBuilder()
        .setTraceId(bytes(ids.substring(0, 32)))
        .setSpanId(bytes(ids.substring(32)))
        .setTraceState("a=b")
        .build();
  }

  private static byte[] request(String service, ScopeSpans.Builder scope) {
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(
                    Resource.newBuilder()
                        .addAttributes(
                            KeyValue.newBuilder()
                                .setKey("service.name")
                                .setValue(AnyValue.newBuilder().setStringValue(service))))
                .addScopeSpans(scope))
        .build()
        .toByteArray();
  }

  private static ByteString bytes(String hex) {
    return ByteString.fromHex(hex);
  }

  private String hex(int bytes) {
    byte[] some = new byte[bytes];
    random.nextBytes(some);
    some[0] = 1; // never all zero
    return HexFormat.of().formatHex(some);
  }

  @Test
  void countsEachSpanAndEachCallOnceHoweverTheyCome() throws Exception {
    for (int step = 0; step < STEPS; step++) {
      List<byte[]> coming = new ArrayList<>();
      for (int n = random.nextInt(12); n > 0; n--) {
        boolean late = random.nextInt(8) == 0;
        coming.addAll(trace(now - (late ? random.nextLong(30 * MINUTE) : 5_000_000_000L)));
      }
      for (int n = random.nextInt(4); n > 0 && !requests.isEmpty(); n--) {
        // Sent again: at once, or whenever.
        byte[] again = requests.get(random.nextInt(requests.size()));
        sentAgain +=
            TracesData.parseFrom(again).getResourceSpans(0).getScopeSpans(0).getSpansCount();
        coming.add(again);
      }
      holdSomeBack(coming, step);
      sendInBlocks(coming);
      now += random.nextLong(40_000_000_000L);
      if (random.nextInt(3) == 0) {
        rollUpWithFaults();
      }
    }
    now += 5 * MINUTE;
    rollUpAll();

    check();
    assertThat(sentAgain).as("spans sent again; tests.seed=%s", SEED).isPositive();
    assertThat(
            merged + Store.number(clickHouse, Query.of("SELECT sum(merged) FROM deepflow.rollups")))
        .as("spans merged; tests.seed=%s", SEED)
        .isEqualTo(sentAgain);
  }

  /// The one who called was rolled up, with its duplicate, before.
  @Test
  void countsACallOfOneWhoCameTwiceBeforeOnce() throws Exception {
    Span.Builder caller =
        Span.newBuilder()
            .setTraceId(bytes("0a".repeat(16)))
            .setSpanId(bytes("0b".repeat(8)))
            .setStartTimeUnixNano(now)
            .setEndTimeUnixNano(now + 1_000_000);
    Span.Builder called =
        caller
            .clone()
            .setSpanId(bytes("0c".repeat(8)))
            .setParentSpanId(caller.getSpanId())
            .setKind(Span.SpanKind.SPAN_KIND_SERVER);
    byte[] first = request("shop", ScopeSpans.newBuilder().addSpans(caller));
    send(first);
    send(first);
    rollUpAll();
    now += 70_000_000_000L;
    send(request("cart", ScopeSpans.newBuilder().addSpans(called)));
    rollUpAll();

    assertThat(
            Store.number(
                clickHouse, Query.of("SELECT toUInt64(sum(request)) FROM " + RedTables.CALLS)))
        .isEqualTo(1);
  }

  /// In each block other names are the ones that are too many; and so are services.
  @Test
  void takesBackADuplicateFromTheNameThatItCountedFor() throws Exception {
    metricsKeys = 4;
    start();
    List<byte[]> sent = new ArrayList<>();
    for (int span = 0; span < 24; span++) {
      sent.add(
          request(
              "service-" + span % 12,
              ScopeSpans.newBuilder()
                  .addSpans(
                      Span.newBuilder()
                          .setTraceId(bytes(hex(16)))
                          .setSpanId(bytes(hex(8)))
                          .setName("name-" + span)
                          .setKind(Span.SpanKind.SPAN_KIND_SERVER)
                          .setStartTimeUnixNano(now)
                          .setEndTimeUnixNano(now + 1_000_000))));
    }
    send(sent.toArray(byte[][]::new));
    Map<List<Object>, List<Long>> once = byName(RedTables.SECONDS);
    for (int again = 0; again < 3; again++) {
      now += 1_000_000_000L;
      Collections.shuffle(sent, random);
      send(sent.subList(0, 12).toArray(byte[][]::new));
    }
    rollUpAll();

    assertThat(once).as("names and services overflow").hasSize(4 + 4 + 1);
    assertThat(byName(RedTables.SECONDS)).as("tests.seed=%s", SEED).isEqualTo(once);
    assertThat(byName(RedTables.MINUTES)).as("tests.seed=%s", SEED).isEqualTo(once);
  }

  private Map<List<Object>, List<Long>> byName(String table) throws Exception {
    return read(
        "SELECT toUnixTimestamp(toStartOfMinute(time)) AS minute, concat(service, ' ', name) AS both,"
            + " sum(request), sum(failure), sum(rrt_count), toUInt64(sum(rrt_sum)), sum(client_error),"
            + " toUInt64(arraySum(tupleElement(sumMap(rrt_buckets, rrt_counts), 2)))"
            + " FROM %s GROUP BY minute, both HAVING sum(request) != 0".formatted(table));
  }

  /// What is not rolled up yet counts as well: minutes have no delay.
  @Test
  void countsByTheMinuteAtOnce() throws Exception {
    send(trace(now - MINUTE).toArray(byte[][]::new));

    assertThat(
            Store.number(
                clickHouse, Query.of("SELECT toUInt64(sum(request)) FROM " + RedTables.MINUTES)))
        .isEqualTo(spans.size());
  }

  /// What a block waits for is blocks that were named before and lack: a rollup is none.
  @Test
  void noBlockWaitsForARollupThatTakesLong() throws Exception {
    send(trace(now).toArray(byte[][]::new));
    var late = new ArrayList<Boolean>();
    clickHouse.setFaults(sql -> {
      if (sql.contains("deepflow.rollups")) {
        now += 31 * MINUTE;
        late.add(store.isTooFarAhead(store.nextBlock()));
      }
      return Fault.NONE;
    });
    rollUpAll();

    assertThat(late).containsExactly(false);
  }

  /// Until the last step.
  private void holdSomeBack(List<byte[]> coming, int step) {
    coming.removeIf(request -> random.nextInt(6) == 0 && held.add(request));
    for (int n = held.size(); n > 0; n--) {
      if (step == STEPS - 1 || random.nextInt(5) == 0) {
        coming.add(held.removeLast());
      }
    }
  }

  private void sendInBlocks(List<byte[]> coming) throws Exception {
    Collections.shuffle(coming, random);
    for (int from = 0; from < coming.size(); ) {
      int to = Math.min(coming.size(), from + random.nextInt(1, 10));
      send(coming.subList(from, to).toArray(byte[][]::new));
      now += random.nextLong(2_000_000_000L);
      from = to;
    }
  }

  private void rollUpWithFaults() throws Exception {
    int broken = random.nextInt(4);
    clickHouse.setFaults(sql ->
        broken == 0 && sql.contains("deepflow.rollups")
            ? Fault.BROKEN
            : broken == 1 && sql.contains("deepflow.rollups")
                ? Fault.BUSY_AFTER
                : broken == 2 && sql.contains("deepflow.red_1s") ? Fault.BUSY_AFTER : Fault.NONE);
    try {
      while (rollups.rollUp(now - 30_000_000_000L)) {
        // the next minute
      }
    } catch (ClickHouseException _) {
      clickHouse.setFaults(_ -> Fault.NONE);
      start();
    }
    clickHouse.setFaults(_ -> Fault.NONE);
  }

  private void check() throws Exception {
    Map<List<Object>, List<Long>> byMinute = new HashMap<>();
    spans.forEach(span -> add(byMinute, List.of(span.minute(), span.service), span));
    String figures =
        "sum(request), sum(failure), sum(rrt_count), toUInt64(sum(rrt_sum)), max(rrt_max),"
            + " toUInt64(arraySum(tupleElement(sumMap(rrt_buckets, rrt_counts), 2)))";
    for (String table : List.of(RedTables.MINUTES, RedTables.SECONDS)) {
      assertThat(
              read(
                  "SELECT toUnixTimestamp(toStartOfMinute(time)) AS minute, service, %s FROM %s"
                          .formatted(figures, table)
                      + " GROUP BY minute, service"))
          .as("%s; tests.seed=%s", table, SEED)
          .isEqualTo(byMinute);
    }
    assertThat(
            read(
                "SELECT toUnixTimestamp(time) AS minute, concat(client, if(link = 1, ' linked by ', ' to '), server)"
                        .concat(" AS call, %s".formatted(figures))
                    + " FROM %s GROUP BY minute, call".formatted(RedTables.CALLS)))
        .as("calls; tests.seed=%s", SEED)
        .isEqualTo(calls());
  }

  private Map<List<Object>, List<Long>> calls() {
    Map<String, Sent> byId = new HashMap<>();
    spans.forEach(span -> byId.put(span.traceId + span.spanId, span));
    Map<List<Object>, List<Long>> calls = new HashMap<>();
    for (Sent called : spans) {
      Sent caller = byId.get(called.traceId + called.parent);
      if (called.isCalled && caller != null && !caller.service.equals(called.service)) {
        add(calls, List.of(called.minute(), caller.service + " to " + called.service), called);
      }
      for (String link : called.links) {
        Sent linked = byId.get(link);
        if (linked != null && !linked.service.equals(called.service)) {
          add(
              calls,
              List.of(called.minute(), linked.service + " linked by " + called.service),
              called);
        }
      }
    }
    return calls;
  }

  private static void add(Map<List<Object>, List<Long>> figures, List<Object> key, Sent span) {
    long counted = span.micros > 0 ? 1 : 0;
    figures.merge(
        key,
        List.of(1L, span.failed ? 1L : 0L, counted, span.micros, span.micros, counted),
        (a, b) ->
            List.of(
                a.get(0) + b.get(0),
                a.get(1) + b.get(1),
                a.get(2) + b.get(2),
                a.get(3) + b.get(3),
                Math.max(a.get(4), b.get(4)),
                a.get(5) + b.get(5)));
  }

  private Map<List<Object>, List<Long>> read(String sql) throws Exception {
    Map<List<Object>, List<Long>> figures = new HashMap<>();
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      while (rows.next()) {
        figures.put(
            List.of(rows.getLong(0), rows.getString(1)),
            List.of(
                rows.getLong(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5),
                rows.getLong(6),
                rows.getLong(7)));
      }
    }
    return figures;
  }
}
