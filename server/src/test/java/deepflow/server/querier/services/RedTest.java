package deepflow.server.querier.services;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.querier.services.RandomSpans.Row;
import deepflow.server.querier.traces.TraceParameters;
import deepflow.server.storage.Engine;
import deepflow.server.storage.SpanReader.TimeRange;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The answers of the real engine on random spans, compared with those of plain Java.
class RedTest {

  @RegisterExtension static final Engine engine = new Engine();

  private static final int SPANS = 3_000;
  private static final int RANGES = Boolean.getBoolean("deepflow.long") ? 1_000 : 40;
  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Random random = new Random(SEED);
  private static final RandomSpans spans = new RandomSpans(random);

  @BeforeAll
  static void store() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), random);
    while (spans.rows.size() < SPANS) {
      store.put(spans.next(60));
    }
  }

  /// Awkward ones: some of a few ns, some longer than all there is; all have a span at both ends.
  private static TimeRange range() {
    long one = spans.rows.get(random.nextInt(spans.rows.size())).start();
    long other =
        switch (random.nextInt(4)) {
          case 0 -> one;
          case 1 -> one + random.nextLong(60_000_000_000L);
          case 2 -> spans.rows.get(random.nextInt(spans.rows.size())).start();
          default -> one + random.nextLong(1_000_000_000_000_000_000L);
        };
    return new TimeRange(Math.min(one, other), Math.max(one, other));
  }

  private static List<Row> rows(TimeRange range) {
    return spans.rows.stream()
        .filter(row -> row.start() >= range.startNanos() && row.start() <= range.endNanos())
        .toList();
  }

  @Test
  void givesTheRedThatPlainJavaGives() throws Exception {
    ServiceList list = new ServiceList(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT);
    for (int i = 0; i < RANGES; i++) {
      TimeRange range = range();
      Map<String, List<Row>> wanted =
          rows(range).stream().collect(Collectors.groupingBy(Row::service));

      ServiceList.Found found = list.find(range);

      assertThat(found.services().stream().map(ServiceFigures::name))
          .as("tests.seed=%s %s", SEED, range)
          .containsExactlyInAnyOrderElementsOf(wanted.keySet());
      assertThat(found.truncated()).isFalse();
      for (ServiceFigures service : found.services()) {
        List<Row> all = wanted.getOrDefault(service.name(), List.of());
        assertThat(service.spanCount()).as("tests.seed=%s %s", SEED, range).isEqualTo(all.size());
        isRed(service.requests(), all.stream().filter(Row::isRequest).toList());
        isSeries(found.buckets(), service.series(), all);
      }
    }
  }

  private static void isSeries(Buckets buckets, List<Requests> series, List<Row> all) {
    assertThat(series).hasSize(buckets.count());
    for (int bucket = 0; bucket < series.size(); bucket++) {
      long from = buckets.fromNanos() + bucket * buckets.stepNanos();
      List<Row> rows =
          all.stream()
              .filter(Row::isRequest)
              .filter(row -> row.start() >= from && row.start() - from < buckets.stepNanos())
              .toList();
      isRed(series.get(bucket), rows);
    }
  }

  @Test
  void givesTheOperationsThatPlainJavaGives() throws Exception {
    OperationList list =
        new OperationList(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT);
    for (int i = 0; i < RANGES; i++) {
      TimeRange range = range();
      String service = RandomSpans.SERVICES.get(random.nextInt(RandomSpans.SERVICES.size()));
      Map<List<String>, List<Row>> wanted =
          rows(range).stream()
              .filter(row -> row.service().equals(service))
              .collect(
                  Collectors.groupingBy(
                      row -> List.of(row.name(), OperationFigures.kind(row.kind()))));

      OperationList.Found found = list.find(service, range);

      assertThat(found.operations().stream().map(one -> List.of(one.name(), one.kind())))
          .as("tests.seed=%s %s", SEED, range)
          .containsExactlyInAnyOrderElementsOf(wanted.keySet());
      assertThat(found.operations().stream().map(OperationFigures::totalNanos).toList())
          .isSortedAccordingTo(Comparator.reverseOrder());
      for (OperationFigures operation : found.operations()) {
        List<Row> all = wanted.getOrDefault(List.of(operation.name(), operation.kind()), List.of());
        isRed(operation.requests(), all);
        assertThat(operation.totalNanos())
            .isEqualTo(BigInteger.valueOf(all.stream().mapToLong(Row::duration).sum()));
      }
    }
  }

  @Test
  void whatCountsAsAnErrorIsFoundAmongTheTracesThatFailed() throws Exception {
    Instant now = Instant.ofEpochSecond(0, RandomSpans.BEGIN + RandomSpans.LENGTH);
    TraceSearch search =
        new TraceSearch(engine.clickHouse(), QueryLimits.DEFAULT, InstantSource.fixed(now));
    for (String service : RandomSpans.SERVICES.stream().filter(name -> !name.isEmpty()).toList()) {
      Map<String, List<String>> asked =
          Map.of(
              "service", List.of(service), "status", List.of("failed"), "limit", List.of("1000"));

      TraceSearch.Found found =
          search.find(TraceParameters.parse(name -> asked.getOrDefault(name, List.of())));

      assertThat(found.traces().stream().map(trace -> trace.summary().startNanos()))
          .as("tests.seed=%s %s", SEED, service)
          .containsExactlyInAnyOrderElementsOf(
              spans.rows.stream()
                  .filter(row -> row.service().equals(service) && row.isError())
                  .map(Row::start)
                  .toList());
    }
  }

  private static void isRed(Requests requests, List<Row> rows) {
    assertThat(requests.count()).as("tests.seed=%s", SEED).isEqualTo(rows.size());
    assertThat(requests.errors())
        .as("tests.seed=%s", SEED)
        .isEqualTo(rows.stream().filter(Row::isError).count());
    Latency latency = requests.latency();
    List<Long> sorted = rows.stream().map(Row::duration).sorted().toList();
    assertThat(latency == null).isEqualTo(sorted.isEmpty());
    if (latency != null) {
      isQuantile(latency.p50(), 0.5, sorted);
      isQuantile(latency.p95(), 0.95, sorted);
      isQuantile(latency.p99(), 0.99, sorted);
    }
  }

  /// Within 1 % of one of the two values between which the quantile lies.
  private static void isQuantile(long found, double quantile, List<Long> sorted) {
    double rank = quantile * (sorted.size() - 1);
    long low = sorted.get((int) Math.floor(rank));
    long high = sorted.get((int) Math.ceil(rank));
    assertThat((double) found)
        .as("tests.seed=%s p%s of %s", SEED, quantile, sorted)
        .satisfiesAnyOf(value -> isNear(value, low), value -> isNear(value, high));
  }

  private static void isNear(double found, long wanted) {
    assertThat(Math.abs(found - wanted)).isLessThanOrEqualTo(wanted * 0.0101 + 1);
  }

  /// Each statement is the one that stands in `snapshots.txt`. With `-Dtests.snapshots=update` the
  /// file is written anew, to be read before it is committed.
  @Test
  void asksWithTheReviewedSql() throws Exception {
    String now =
        String.join(
            "\n",
            ServiceList.sql("deepflow.spans"),
            OperationList.sql("deepflow.spans"),
            RuleCuts.SQL);
    if (System.getProperty("tests.snapshots", "").equals("update")) {
      Files.writeString(
          Path.of("src/test/resources/deepflow/server/querier/services/snapshots.txt"), now);
    }
    try (InputStream in = RedTest.class.getResourceAsStream("snapshots.txt")) {
      assertThat(now)
          .isEqualTo(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void givesAtMostAThousandServicesAndTwoHundredOperationsAndSaysSo() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), random);
    store.put(manyNames());
    TimeRange range = new TimeRange(1_000, 2_000); // nobody else is there

    ServiceList.Found services =
        new ServiceList(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT).find(range);
    OperationList.Found operations =
        new OperationList(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
            .find("service", range);

    assertThat(services.services()).hasSize(ServiceList.SERVICES_MAX);
    assertThat(services.truncated()).isTrue();
    assertThat(operations.operations()).hasSize(OperationList.OPERATIONS_MAX);
    assertThat(operations.truncated()).isTrue();
    assertThat(operations.operations().getFirst().totalNanos()).isEqualTo(BigInteger.valueOf(300));
  }

  private static TracesData manyNames() {
    TracesData.Builder traces = TracesData.newBuilder();
    for (int i = 0; i <= ServiceList.SERVICES_MAX; i++) {
      traces.addResourceSpans(RandomSpans.resource("service-" + i).addScopeSpans(scope("a", 1)));
    }
    for (int i = 1; i <= 300; i++) {
      traces.addResourceSpans(RandomSpans.resource("service").addScopeSpans(scope("name-" + i, i)));
    }
    return traces.build();
  }

  private static ScopeSpans scope(String name, int duration) {
    return ScopeSpans.newBuilder()
        .addSpans(
            Span.newBuilder()
                .setTraceId(ByteString.copyFromUtf8("sixteen bytes id"))
                .setSpanId(ByteString.copyFromUtf8("8 bytes."))
                .setName(name)
                .setStartTimeUnixNano(1_500)
                .setEndTimeUnixNano(1_500 + duration))
        .build();
  }

  @Test
  void beginsBucketsAtMultiplesOfARoundStep() {
    assertThat(buckets(1_000_000_000L, 1_000_000_000L)).isEqualTo("1 of 1s from 1s");
    assertThat(buckets(1_999_999_999L, 2_000_000_000L)).isEqualTo("2 of 1s from 1s");
    assertThat(buckets(0, 60_000_000_000L)).isEqualTo("31 of 2s from 0s");
    assertThat(buckets(0, 60_000_000_000L - 1)).isEqualTo("60 of 1s from 0s");
    assertThat(buckets(3_599_000_000_000L, 7_199_000_000_000L)).isEqualTo("31 of 120s from 3480s");
    assertThat(buckets(3_600_000_000_000L, 7_199_999_999_999L)).isEqualTo("60 of 60s from 3600s");
  }

  private static String buckets(long start, long end) {
    Buckets buckets = Buckets.of(start, end);
    return "%s of %ss from %ss"
        .formatted(buckets.count(), buckets.stepNanos() / 1e9, buckets.fromNanos() / 1e9)
        .replace(".0s", "s");
  }

  @Test
  void cutsEveryRangeIntoAtMostSixtyBucketsThatCoverIt() {
    for (int i = 0; i < 10_000; i++) {
      long one = random.nextLong(9_000_000_000_000_000_000L) >> random.nextInt(63);
      long other = random.nextLong(9_000_000_000_000_000_000L) >> random.nextInt(63);
      long start = Math.min(one, other);
      long end = Math.max(one, other);

      Buckets buckets = Buckets.of(start, end);

      assertThat(buckets.count()).as("%s to %s", start, end).isBetween(1, Buckets.COUNT_MAX);
      assertThat(buckets.fromNanos()).isLessThanOrEqualTo(start);
      assertThat(start - buckets.fromNanos()).isLessThan(buckets.stepNanos());
      assertThat((end - buckets.fromNanos()) / buckets.stepNanos()).isEqualTo(buckets.count() - 1);
      assertThat(buckets.fromNanos() % buckets.stepNanos()).isZero();
    }
  }
}
