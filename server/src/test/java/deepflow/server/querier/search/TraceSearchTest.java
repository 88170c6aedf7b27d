package deepflow.server.querier.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.ingester.decode.Batch;
import deepflow.server.ingester.decode.Draft;
import deepflow.server.ingester.decode.HostAdded;
import deepflow.server.ingester.decode.SpanEncoder;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.querier.Bindings;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.RandomQueries.Condition;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.querier.search.TraceRows.Row;
import deepflow.server.querier.search.TraceRows.Whole;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The answers of the real engine on random traces, compared with those of plain Java.
class TraceSearchTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final int TRACES = 300;
  private static final int QUERIES = Boolean.getBoolean("deepflow.long") ? 5_000 : 120;
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Random random = new Random(SEED);
  private static final TraceRows rows = new TraceRows(random);

  @BeforeAll
  static void store() throws Exception {
    Store store =
        Store.open(
            engine.clickHouse(),
            StoreConfig.single(Duration.ofDays(3)),
            InstantSource.system(),
            new Random(SEED));
    rows.make(TRACES, 8);
    int batch = 1;
    for (TracesData data : rows.requests) {
      Draft draft = new Draft(LabelSnapshot::empty);
      draft.begin(new Batch(new Identity(1, 1), 1, batch++));
      byte[] request = data.toByteArray();
      draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
      StoredBlock block = new StoredBlock();
      block.begin(store.nextBlock());
      new SpanEncoder().encode(draft, block);
      store.commit(block, false);
    }
  }

  /// Some of the spans are of the future: the clock stands amid them.
  private static TraceSearch search() {
    Instant now = Instant.ofEpochSecond(0, TraceRows.BEGIN + TraceRows.RANGE / 3);
    return new TraceSearch(engine.clickHouse(), QueryLimits.DEFAULT, InstantSource.fixed(now));
  }

  private static List<Whole> traces() {
    return List.copyOf(rows.traces.values());
  }

  private record Wanted(TraceQuery query, Condition condition) {
    boolean includes(Whole trace) {
      boolean inTime =
          query.overlapping()
              ? trace.start() <= query.endNanos() && trace.end() >= query.startNanos()
              : trace.start() >= query.startNanos() && trace.start() <= query.endNanos();
      return inTime
          && trace.duration() >= query.minDurationNanos()
          && trace.duration() <= query.maxDurationNanos()
          && !matched(trace).isEmpty();
    }

    List<Row> matched(Whole trace) {
      return trace.rows().stream().filter(row -> condition.holds().test(row, trace)).toList();
    }

    List<Whole> all() {
      Comparator<Whole> first =
          query.order() == Order.NEWEST
              ? Comparator.comparingLong(Whole::start)
              : Comparator.comparingLong(Whole::duration);
      return traces().stream()
          .filter(this::includes)
          .sorted(first.reversed().thenComparing(Whole::id))
          .toList();
    }
  }

  private static Wanted random(RandomQueries conditions) {
    Condition condition =
        random.nextInt(8) == 0 ? new Condition("", (_, _) -> true) : conditions.next(3);
    long start = TraceRows.BEGIN + random.nextLong(TraceRows.RANGE);
    boolean bounded = random.nextBoolean();
    Whole some = traces().get(random.nextInt(TRACES));
    return new Wanted(
        new TraceQuery(
            bounded ? start : Long.MIN_VALUE,
            bounded ? start + random.nextLong(TraceRows.RANGE) : Long.MAX_VALUE,
            random.nextBoolean(),
            TraceQl.parse(condition.traceQl().isEmpty() ? "" : "{" + condition.traceQl() + "}"),
            random.nextInt(3) == 0 ? some.duration() : 0,
            random.nextInt(3) == 0 ? some.duration() : Long.MAX_VALUE,
            random.nextBoolean() ? Order.NEWEST : Order.SLOWEST,
            null,
            random.nextInt(3) > 0 ? 1000 : random.nextInt(30, 100),
            random.nextInt(3)),
        condition);
  }

  @Test
  void findsTheTracesThatPlainJavaFinds() throws Exception {
    RandomQueries conditions = new RandomQueries(random, traces());
    int found = 0;
    for (int i = 0; i < QUERIES; i++) {
      Wanted wanted = random(conditions);
      String description =
          "tests.seed=%s query %s%n{ %s }%n%s"
              .formatted(SEED, i, wanted.condition.traceQl(), wanted.query);

      List<FoundTrace> all = allPages(wanted.query, description);

      assertThat(all.stream().map(trace -> shown(trace)).toList())
          .as(description)
          .containsExactlyElementsOf(
              wanted.all().stream().map(trace -> shown(trace, wanted)).toList());
      found += all.size();
    }
    assertThat(found).isGreaterThan(QUERIES);
  }

  private static List<FoundTrace> allPages(TraceQuery query, String description) throws Exception {
    List<FoundTrace> all = new ArrayList<>();
    @Nullable Cursor after = null;
    do {
      TraceSearch.Found page = search().find(after(query, after));
      assertThat(page.traces()).as(description).hasSizeLessThanOrEqualTo(query.limit());
      all.addAll(page.traces());
      after = page.next() == null ? null : Cursor.parse(page.next().toString());
      assertThat(after == null || page.traces().size() == query.limit()).as(description).isTrue();
    } while (after != null);
    return all;
  }

  private static TraceQuery after(TraceQuery query, @Nullable Cursor after) {
    return new TraceQuery(
        query.startNanos(),
        query.endNanos(),
        query.overlapping(),
        query.condition(),
        query.minDurationNanos(),
        query.maxDurationNanos(),
        query.order(),
        after,
        query.limit(),
        query.spansPerTrace());
  }

  private static List<Object> shown(FoundTrace found) {
    TraceSummary summary = found.summary();
    return List.of(
        List.of(
            summary.traceId(),
            summary.startNanos(),
            summary.durationNanos(),
            summary.rootService(),
            summary.rootName(),
            summary.spanCount(),
            summary.errorCount(),
            summary.services()),
        found.matched(),
        found.spans().stream()
            .map(s -> s.spanId() + s.name() + s.startNanos() + s.durationNanos())
            .toList());
  }

  private static List<Object> shown(Whole trace, Wanted wanted) {
    List<Row> matched = wanted.matched(trace);
    boolean counted = !wanted.query.condition().isOfTraces() || wanted.query.spansPerTrace() > 0;
    return List.of(
        List.of(
            trace.id(),
            trace.start(),
            trace.duration(),
            trace.root().map(Row::service).orElse(""),
            trace.root().map(Row::name).orElse(""),
            (long) trace.rows().size(),
            trace.errors(),
            TraceRows.services(trace)),
        counted ? (long) matched.size() : 0L,
        matched.stream()
            .sorted(Comparator.comparingLong(Row::start).thenComparing(Row::spanId))
            .limit(wanted.query.spansPerTrace())
            .map(row -> row.spanId() + row.name() + row.start() + row.duration())
            .toList());
  }

  private static List<FoundTrace> find(SpanCondition condition, int spans) throws Exception {
    return search()
        .find(
            new TraceQuery(
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                false,
                condition,
                0,
                Long.MAX_VALUE,
                Order.SLOWEST,
                null,
                1000,
                spans))
        .traces();
  }

  @Test
  void comparesWhatIsWrittenWhateverItsType() throws Exception {
    SpanCondition written =
        new SpanCondition.Comparison(
            new Attribute(Scope.SPAN, "n"), Operator.EQUAL, new Value.Written("5.0"));
    long wanted =
        traces().stream()
            .filter(trace ->
                trace.rows().stream()
                    .map(row -> row.attributes().get("n"))
                    .flatMap(value -> RandomQueries.elements(value).stream())
                    .anyMatch(v ->
                        v.getStringValue().equals("5.0")
                            || (v.hasDoubleValue() && v.getDoubleValue() == 5)))
            .count();

    assertThat(find(written, 0)).as("tests.seed=%s", SEED).hasSize((int) wanted);
    assertThat(wanted).as("tests.seed=%s", SEED).isPositive();
  }

  @Test
  void bringsTheAttributesThatTheConditionNames() throws Exception {
    SpanCondition condition =
        TraceQl.parse(
            "{ .region != nil && status = error && kind != client && resource.service.name =~ \"s.*\"}");

    for (FoundTrace trace : find(condition, 2)) {
      for (FoundSpan span : trace.spans()) {
        Row row =
            Objects.requireNonNull(rows.traces.get(trace.summary().traceId())).rows().stream()
                .filter(r -> r.spanId().equals(span.spanId()))
                .findFirst()
                .orElseThrow();
        assertThat(span.attributes())
            .as("tests.seed=%s", SEED)
            .extracting(TypedAttribute::key)
            .containsExactly("region", "status", "kind", "service.name");
        assertThat(span.attributes())
            .contains(
                new TypedAttribute("status", TypedAttribute.Type.STRING, "error"),
                new TypedAttribute("service.name", TypedAttribute.Type.STRING, row.service()));
      }
    }
  }

  @Test
  void refusesABadRegularExpressionAsTheAskersFault() {
    for (String bad : List.of("(", "a)|(b", "[", "\\8", ")", "\\", "a**", "\\Qa.b")) {
      SpanCondition condition =
          new SpanCondition.Comparison(Intrinsic.NAME, Operator.MATCH, new Value.Text(bad));

      assertThatThrownBy(() -> find(condition, 0))
          .isInstanceOf(SearchException.class)
          .hasMessageContaining("is no regular expression");
    }
  }

  /// Whatever stands in a value or a key, the engine sees it as that value or key.
  @Test
  void takesAnyTextAsAValueAndAsAKey() throws Exception {
    for (String hostile :
        List.of(
            "x' OR 1=1 --", "\\", "\\\\'", "{p0:String}", "]", "','", "\n\t\r\b\0", "𝄞 和", "%s")) {
      for (Scope scope : Scope.values()) {
        SpanCondition condition =
            new SpanCondition.Comparison(
                new Attribute(scope, hostile), Operator.EQUAL, new Value.Text(hostile));

        assertThat(find(condition, 1)).as(hostile).isEmpty();
        assertThat(find(new SpanCondition.Not(condition), 1)).as(hostile).hasSize(TRACES);
      }
    }
  }

  /// Table `value_index` tells that no step has the value, so no span is read.
  @Test
  void readsNoSpansForAValueThatNoneHas() throws Exception {
    for (String traceQl :
        List.of(
            "{ span.region = \"nobody\" }",
            "{ .region = 4711 && status = error }",
            "{ name = \"GET /\" && (span.n = 4711.5 || span.region = \"nobody\") }")) {
      Bindings bindings = new Bindings();
      String sql =
          TraceSummaries.sql(
              new TraceQuery(
                  Long.MIN_VALUE,
                  Long.MAX_VALUE,
                  false,
                  TraceQl.parse(traceQl),
                  0,
                  Long.MAX_VALUE,
                  Order.SLOWEST,
                  null,
                  20,
                  0),
              Set.of(),
              bindings);
      String inner = sql.substring(sql.indexOf("(SELECT") + 1, sql.lastIndexOf(")\nGROUP"));

      assertThat(
              lines(
                  Statements.query("EXPLAIN indexes = 1 " + inner, bindings, QueryLimits.DEFAULT)))
          .as(traceQl)
          .containsPattern("PrimaryKey(?s:.)*Parts: 0/");
    }
  }

  private static String lines(Query query) throws Exception {
    StringBuilder lines = new StringBuilder();
    try (Rows found = engine.clickHouse().query(query)) {
      while (found.next()) {
        lines.append(found.getString(0)).append('\n');
      }
    }
    return lines.toString();
  }
}
