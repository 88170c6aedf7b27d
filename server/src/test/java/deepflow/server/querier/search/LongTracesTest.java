package deepflow.server.querier.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Traces that last for more than an hour, among many that don't: a search comes across a span of
/// theirs that is far from the others.
class LongTracesTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final long TEN = 1_700_000_000L * SECOND;
  private static final long NOW = TEN + 71 * MINUTE;
  private static final int LIMIT = 20;

  /// Before the traces begin.
  private static final Duration HOUR = Duration.ofHours(1);

  private static final Duration DAY = Duration.ofDays(1);

  /// Has a span every ten seconds.
  private static final String BUSY = id(1);

  /// Has nothing between its root and a span at the root's end.
  private static final String ASLEEP = id(2);

  /// Has a span that starts when its root has long ended.
  private static final String LATE = id(3);

  /// Begins hours before a search ends, and goes on for minutes after it.
  private static final String SETTLED = id(4);

  /// When that search ends, days before the others begin.
  private static final long END = TEN - 5 * 24 * 60 * MINUTE;

  private static TraceSearch search;
  private static int spans;

  @BeforeAll
  static void store() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), new Random(1));
    List<Span> batch = new ArrayList<>();
    batch.add(span(BUSY, "nightly", TEN, 70 * MINUTE));
    for (long at = TEN + SECOND; at < TEN + 70 * MINUTE; at += 10 * SECOND) {
      batch.add(span(BUSY, "step", at, SECOND));
    }
    batch.add(span(ASLEEP, "weekly", TEN, 70 * MINUTE));
    batch.add(span(ASLEEP, "clean up", TEN + 69 * MINUTE, SECOND));
    batch.add(span(LATE, "remind", TEN, SECOND));
    batch.add(span(LATE, "send", TEN + 69 * MINUTE, SECOND));
    List<Span> shop = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      shop.add(span(id(100 + i), "GET /", NOW - i * 4L * SECOND, SECOND));
    }
    batch.add(span(SETTLED, "settle", END - 6 * 60 * MINUTE, 6 * 60 * MINUTE + 10 * MINUTE));
    // Without a gap, which a search would pass over to where the trace begins.
    for (int i = 0; i < 12_000; i++) {
      shop.add(span(id(2_000 + i), "GET /", END - i * SECOND, SECOND));
    }
    store.put(request(resource("batch", batch)));
    store.put(
        request(resource("payments", List.of(span(SETTLED, "pay", END + 10 * MINUTE, SECOND)))));
    store.put(request(resource("shop", shop)));
    search =
        new TraceSearch(
            engine.clickHouse(),
            QueryLimits.DEFAULT,
            InstantSource.fixed(Instant.ofEpochSecond(0, NOW)));
  }

  private static String id(int number) {
    return "%032x".formatted(number * 0x9E3779B97F4A7C15L);
  }

  /// The root is the first of its trace.
  private static Span span(String trace, String name, long start, long duration) {
    boolean isRoot = List.of("nightly", "weekly", "remind", "settle", "GET /").contains(name);
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex(trace))
        .setSpanId(ByteString.fromHex("%016x".formatted(++spans)))
        .setParentSpanId(isRoot ? ByteString.EMPTY : ByteString.fromHex("00000000000000aa"))
        .setName(name)
        .setStartTimeUnixNano(start)
        .setEndTimeUnixNano(start + duration)
        .build();
  }

  private static ResourceSpans resource(String service, List<Span> spans) {
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

  private static TracesData request(ResourceSpans resource) {
    return TracesData.newBuilder().addResourceSpans(resource).build();
  }

  private static TraceQuery query(
      String traceQl, Duration atLeast, Duration before, Order order, @Nullable Cursor after) {
    return new TraceQuery(
        TEN - before.toNanos(),
        NOW,
        false,
        TraceQl.parse(traceQl),
        atLeast.toNanos(),
        Long.MAX_VALUE,
        order,
        after,
        LIMIT,
        3);
  }

  private static List<FoundTrace> all(
      String traceQl, Duration atLeast, Duration before, Order order) throws Exception {
    List<FoundTrace> all = new ArrayList<>();
    @Nullable Cursor after = null;
    do {
      TraceSearch.Found page = search.find(query(traceQl, atLeast, before, order, after));
      all.addAll(page.traces());
      after = page.next();
    } while (after != null);
    return all;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ rootName = \"nightly\" }",
        "{ rootName = \"weekly\" }",
        "{ rootName = \"remind\" }",
        "{ rootServiceName = \"batch\" }",
        "{ traceDuration > 1h }",
        "{ name = \"step\" }",
        "{ name = \"step\" && rootName = \"nightly\" }",
        "{ name = \"clean up\" }",
        "{ name = \"send\" && traceDuration > 1h }",
        "{ name != \"GET /\" }",
        "{ name = \"GET /\" || name = \"clean up\" }",
        "{ rootName = nil || name = \"clean up\" }",
        "{ rootName != \"GET /\" || name = \"clean up\" }",
        "{ traceDuration < 65m || name = \"clean up\" }",
        "{ name = \"clean up\" && (rootName = \"weekly\" || status = error) }",
        "{ !(rootName = \"weekly\" || name = \"GET /\") }"
      })
  void areToldOfAlikeByTheNewestAndByTheSlowest(String traceQl) throws Exception {
    assertAlike(traceQl, HOUR);
    assertAlike(traceQl, DAY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{ }", "{ name = \"remind\" }"})
  void areToldOfWithALateSpanInASearchOfFewHours(String traceQl) throws Exception {
    assertAlike(traceQl, HOUR);
  }

  private static void assertAlike(String traceQl, Duration before) throws Exception {
    assertThat(all(traceQl, Duration.ZERO, before, Order.NEWEST))
        .as(traceQl)
        .isNotEmpty()
        .containsExactlyInAnyOrderElementsOf(all(traceQl, Duration.ZERO, before, Order.SLOWEST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ name = \"pay\" }",
        "{ resource.service.name = \"payments\" }",
        "{ name != \"GET /\" && name != \"settle\" }",
        "{ rootName = \"settle\" && name = \"pay\" }"
      })
  void areFoundByASpanThatStartsWhenTheSearchHasEnded(String traceQl) throws Exception {
    for (Order order : List.of(Order.NEWEST, Order.SLOWEST)) {
      TraceQuery query =
          new TraceQuery(
              END - 12 * 60 * MINUTE,
              END,
              false,
              TraceQl.parse(traceQl),
              0,
              Long.MAX_VALUE,
              order,
              null,
              LIMIT,
              3);

      assertThat(search.find(query).traces())
          .as("%s", order)
          .extracting(trace -> trace.summary().traceId(), trace -> trace.summary().rootName())
          .containsExactly(tuple(SETTLED, "settle"));
    }
  }

  @Test
  void areTheOnlyOnesThatLastSoLong() throws Exception {
    for (Duration before : List.of(HOUR, DAY)) {
      assertThat(all("{ }", Duration.ofMinutes(61), before, Order.NEWEST))
          .extracting(trace -> trace.summary().traceId(), trace -> trace.summary().rootName())
          .containsExactlyInAnyOrder(
              tuple(BUSY, "nightly"), tuple(ASLEEP, "weekly"), tuple(LATE, "remind"));
    }
  }
}
