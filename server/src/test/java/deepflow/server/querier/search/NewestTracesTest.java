package deepflow.server.querier.search;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.storage.Engine;
import deepflow.server.storage.SpanOrder;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The newest traces where they are many, few, long ago, long, or of odd times.
class NewestTracesTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Random random = new Random(SEED);
  private static final long SECOND = SpanOrder.STEP_NANOS;
  private static final long NOW = 1_700_000_000L * SECOND + SECOND / 3;
  private static final int DENSE = 700;
  private static final int MANY = 150;

  /// Begin of each trace whose name begins so, by id.
  private static final Map<String, Map<String, Long>> begins = new LinkedHashMap<>();

  private static final List<Span> spans = new ArrayList<>();
  private static int traces;

  /// Asked for one kind after the other, so that what it learned of the one is wrong for the next.
  private static TraceSearch learned;

  @BeforeAll
  static void store() throws Exception {
    learned = search(engine.clickHouse());
    // Each one's span that is looked for starts up to 0.9 s after it began: the order by the one is
    // not the order by the other.
    for (int i = 0; i < DENSE; i++) {
      trace("dense", NOW - random.nextLong(SECOND), random.nextLong(900_000_000L));
    }
    for (int i = 0; i < 40; i++) {
      trace("sparse", NOW - random.nextLong(3_000 * SECOND), random.nextLong(SECOND));
    }
    trace("past", NOW - 400_000 * SECOND, 0);
    trace("past", NOW - 700_000 * SECOND, 0);
    trace("long", NOW - 3_000 * SECOND, 2_900 * SECOND);
    for (long odd :
        List.of(
            0L, -1L, -SECOND, SECOND, Long.MIN_VALUE, Long.MAX_VALUE, 0x7FFFFFFFL * SECOND * 2)) {
      trace("odd", odd, 0);
    }
    Collections.shuffle(spans, random);
    SpanStore store = new SpanStore(engine.clickHouse(), random);
    for (int from = 0; from < spans.size(); from += 500) {
      store.put(data(spans.subList(from, Math.min(from + 500, spans.size()))));
    }
    spans.clear();
    for (int i = 0; i < 30; i++) {
      trace("whole", NOW - random.nextLong(10 * SECOND), random.nextLong(SECOND));
    }
    store.put(data(spans));
    store.put(data(many()));
  }

  /// A trace of more such spans than a search takes along.
  private static List<Span> many() {
    List<Span> spans = new ArrayList<>();
    byte[] id = ByteBuffer.allocate(16).putLong(random.nextLong()).putLong(++traces).array();
    for (int i = 1; i <= MANY; i++) {
      spans.add(
          Span.newBuilder()
              .setTraceId(ByteString.copyFrom(id))
              .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(i).array()))
              .setName("many " + i)
              .setStartTimeUnixNano(NOW - 5 * SECOND + i)
              .setEndTimeUnixNano(NOW)
              .build());
    }
    Collections.shuffle(spans, random);
    return spans;
  }

  @Test
  void countAllSpansOfATraceThatHasManyOfThem() throws Exception {
    TraceSearch search = search(engine.clickHouse());
    for (int limit : List.of(1, 20, 1000)) {
      TraceSearch.Found found =
          search.find(query("{ name =~ \"many.*\" }", NOW - 20 * SECOND, NOW, null, limit));

      assertThat(found.traces()).hasSize(1);
      assertThat(found.traces().getFirst().matched()).isEqualTo(MANY);
      assertThat(found.traces().getFirst().spans().getFirst().name()).isEqualTo("many 1");
    }
  }

  /// A trace with a root, and a span that has the attribute.
  private static void trace(String kind, long begin, long later) {
    byte[] id = ByteBuffer.allocate(16).putLong(random.nextLong()).putLong(++traces).array();
    begins
        .computeIfAbsent(kind, _ -> new LinkedHashMap<>())
        .put(HexFormat.of().formatHex(id), begin);
    Span.Builder root =
        Span.newBuilder()
            .setTraceId(ByteString.copyFrom(id))
            .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(1).array()))
            .setName("root of " + kind)
            .setStartTimeUnixNano(begin)
            .setEndTimeUnixNano(begin);
    Span.Builder child =
        root.clone()
            .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putLong(2).array()))
            .setParentSpanId(root.getSpanId())
            .setName("child of " + kind)
            .setStartTimeUnixNano(begin + later)
            .setEndTimeUnixNano(begin + later)
            .addAttributes(
                KeyValue.newBuilder()
                    .setKey("kind")
                    .setValue(AnyValue.newBuilder().setStringValue(kind)));
    spans.add(root.build());
    spans.add(child.build());
  }

  private static TracesData data(List<Span> some) {
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(Resource.getDefaultInstance())
                .addScopeSpans(ScopeSpans.newBuilder().addAllSpans(some)))
        .build();
  }

  private static List<String> wanted(String kind, long from, long to) {
    return begins.getOrDefault(kind, Map.of()).entrySet().stream()
        .filter(trace -> trace.getValue() >= from && trace.getValue() <= to)
        .sorted(
            Map.Entry.<String, Long>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static List<String> found(String traceQl, long from, long to, int limit)
      throws Exception {
    List<String> ids = new ArrayList<>();
    @Nullable Cursor after = null;
    do {
      TraceSearch.Found page = learned.find(query(traceQl, from, to, after, limit));
      page.traces()
          .forEach(trace -> {
            assertSpans(traceQl, trace);
            ids.add(trace.summary().traceId());
          });
      after = page.next();
    } while (after != null);
    return ids;
  }

  private static TraceSearch search(ClickHouse clickHouse) {
    return new TraceSearch(
        clickHouse, QueryLimits.DEFAULT, InstantSource.fixed(Instant.ofEpochSecond(0, NOW)));
  }

  private static TraceQuery query(
      String traceQl, long from, long to, @Nullable Cursor after, int limit) {
    return new TraceQuery(
        from, to, false, TraceQl.parse(traceQl), 0, Long.MAX_VALUE, Order.NEWEST, after, limit, 1);
  }

  /// The child is the one span that has the attribute and the name; the root is the first of both.
  private static void assertSpans(String traceQl, FoundTrace found) {
    boolean isOfTraces = traceQl.contains("rootName");
    assertThat(found.matched()).as(traceQl).isEqualTo(isOfTraces ? 2 : 1);
    assertThat(found.spans())
        .as(traceQl)
        .singleElement()
        .extracting(FoundSpan::name)
        .asString()
        .startsWith(isOfTraces ? "root of" : "child of");
  }

  @Test
  void areFoundByOneLookAtSpansWhereASearchLikeItTaughtHowFarBackToGo() throws Exception {
    var recorded = new Recorded();
    TraceSearch search = search(recorded);
    TraceQuery query = query("{ span.kind = \"whole\" }", NOW - 20 * SECOND, NOW, null, 10);
    List<FoundTrace> first = search.find(query).traces();
    recorded.statements.clear();

    List<FoundTrace> second = search.find(query).traces();

    assertThat(second).isEqualTo(first).hasSize(10);
    assertThat(recorded.statements)
        .filteredOn(sql -> sql.contains("FROM deepflow.spans"))
        .as("stretches")
        .hasSize(1);
    assertThat(recorded.statements).noneMatch(sql -> sql.contains("value_index"));
  }

  @Test
  void tellOfTheSpansThatTheyWereFoundByWithoutAnotherStatement() throws Exception {
    var recorded = new Recorded();

    TraceSearch.Found found =
        search(recorded).find(query("{ span.kind = \"whole\" }", NOW - 20 * SECOND, NOW, null, 20));

    assertThat(found.traces()).hasSize(20).allMatch(trace -> trace.matched() == 1);
    assertThat(recorded.statements)
        .filteredOn(sql -> sql.contains("FROM deepflow.spans"))
        .as("each stretch looked through once, and no trace looked up")
        .isNotEmpty()
        .allMatch(sql -> sql.contains("AS begun"));
  }

  @Test
  void areNotLookedForAmongThoseThatBeginWhenTheSearchHasEnded() throws Exception {
    for (String traceQl : List.of("{ }", "{ rootName = \"root of sparse\" }")) {
      var recorded = new Recorded();
      TraceSearch search = search(recorded);
      long end = NOW - 10 * SECOND;

      TraceSearch.Found found = search.find(query(traceQl, NOW - 3_600 * SECOND, end, null, 5));

      assertThat(found.traces()).as(traceQl).hasSize(5);
      assertThat(recorded.candidates)
          .as("%s: no look gives so many that it is done again for more", traceQl)
          .containsOnly("12");
    }
  }

  /// Remembers what it was asked.
  private static final class Recorded extends ForwardingClickHouse {
    private final List<String> statements = Collections.synchronizedList(new ArrayList<>());

    private static final Pattern LIMIT = Pattern.compile("ORDER BY begun DESC LIMIT \\{(\\w+):");

    /// How many of them each look for candidates may give.
    private final List<String> candidates = Collections.synchronizedList(new ArrayList<>());

    Recorded() {
      super(engine.clickHouse());
    }

    @Override
    public Rows query(Query query) throws ClickHouseException {
      statements.add(query.sql());
      Matcher limit = LIMIT.matcher(query.sql());
      if (limit.find()) {
        candidates.add(Objects.requireNonNull(query.parameters().get(limit.group(1))));
      }
      return super.query(query);
    }
  }

  private static void assertFinds(String kind, long from, long to, int limit) throws Exception {
    for (String traceQl :
        List.of(
            "{ span.kind = \"%s\" }",
            "{ name = \"child of %s\" }", "{ rootName = \"root of %s\" }")) {
      assertThat(found(traceQl.formatted(kind), from, to, limit))
          .as("tests.seed=%s %s %s", SEED, traceQl, kind)
          .containsExactlyElementsOf(wanted(kind, from, to));
    }
  }

  @Test
  void areRightPageByPageWhereManyBeginInOneSecond() throws Exception {
    assertFinds("dense", NOW - 1_000 * SECOND, NOW + SECOND, 200);
  }

  @Test
  void areRightInATimeThatEndsAmongMany() throws Exception {
    assertFinds("dense", NOW - 1_000 * SECOND, NOW - SECOND / 2, 200);
  }

  @Test
  void areFoundWhereFewAre() throws Exception {
    assertFinds("sparse", NOW - 3_600 * SECOND, NOW, 12);
    assertFinds("sparse", NOW - 2_000 * SECOND, NOW - 1_000 * SECOND, 20);
  }

  @Test
  void areFoundBehindGapsOfDays() throws Exception {
    assertFinds("past", NOW - 1_000_000 * SECOND, NOW, 20);
    assertFinds("past", NOW - 600_000 * SECOND, NOW, 20);
    assertFinds("nothing", NOW - 1_000_000 * SECOND, NOW, 20);
  }

  @Test
  void areFoundByASpanLongAfterTheyBegan() throws Exception {
    assertFinds("long", NOW - 3_600 * SECOND, NOW, 20);
    assertFinds("long", NOW - 3_600 * SECOND, NOW - 2_990 * SECOND, 20);
  }

  @Test
  void areFoundAtTheEndsOfTime() throws Exception {
    assertFinds("odd", Long.MIN_VALUE, Long.MAX_VALUE, 2);
    assertFinds("odd", -1, SECOND, 20);
  }
}
