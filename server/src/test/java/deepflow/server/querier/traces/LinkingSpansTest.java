package deepflow.server.querier.traces;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.Query;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A shop whose mailer takes orders out of a queue and links to who put them in.
class LinkingSpansTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long BEGIN = 1_800_000_000_000_000_000L;
  private static final int MANY = 250;

  private final List<ResourceSpans> sent = new ArrayList<>();

  /// The next test has a store of its own.
  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private static SpanStore store() throws Exception {
    return new SpanStore(engine.clickHouse(), new Random(1));
  }

  private static String trace(int number) {
    return "%032x".formatted(number);
  }

  private static String span(int number) {
    return "%016x".formatted(number);
  }

  private static Span.Link link(String traceId, String spanId) {
    return Span.Link.newBuilder()
        .setTraceId(ByteString.fromHex(traceId))
        .setSpanId(ByteString.fromHex(spanId))
        .addAttributes(attribute("reason", "batch"))
        .build();
  }

  /// A span which starts at that ms.
  private void send(String service, int trace, int span, int at, Span.Link... links) {
    Span.Builder built =
        Span.newBuilder()
            .setTraceId(ByteString.fromHex(trace(trace)))
            .setSpanId(ByteString.fromHex(span(span)))
            .setName("orders " + service)
            .setStartTimeUnixNano(BEGIN + at * 1_000_000L)
            .setEndTimeUnixNano(BEGIN + at * 1_000_000L + 500)
            .addAllLinks(List.of(links));
    sent.add(
        ResourceSpans.newBuilder()
            .setResource(Resource.newBuilder().addAttributes(attribute("service.name", service)))
            .addScopeSpans(ScopeSpans.newBuilder().addSpans(built))
            .build());
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private TracesData all() {
    return TracesData.newBuilder().addAllResourceSpans(sent).build();
  }

  private static LinkingSpans.Found find(String traceId, String spanId, int limit)
      throws Exception {
    return new LinkingSpans(engine.clickHouse(), QueryLimits.DEFAULT).find(traceId, spanId, limit);
  }

  private static List<String> linking(int trace, String span) throws Exception {
    LinkingSpans.Found found = find(trace(trace), span, 100);
    assertThat(found.truncated()).isFalse();
    return found.spans().stream()
        .map(linking ->
            "%s %s %s, %s, at %s to %s"
                .formatted(
                    linking.traceId().replaceFirst("^0+", ""),
                    linking.spanId().replaceFirst("^0+", ""),
                    linking.service(),
                    linking.name(),
                    (linking.startNanos() - BEGIN) / 1_000_000,
                    linking.linkedSpanId().replaceFirst("^0+", "")))
        .toList();
  }

  @Test
  void givesTheSpansOfOtherTracesThatLinkToASpanAsSoonAsTheyAreStored() throws Exception {
    send("shop", 1, 1, 0);
    send("shop", 1, 2, 1);
    send("mailer", 2, 3, 30, link(trace(1), span(2)));
    send("archive", 3, 4, 20, link(trace(1), span(2)), link(trace(9), span(2)));
    send("audit", 4, 5, 10, link(trace(1), span(1)));
    store().put(all());

    assertThat(linking(1, span(2)))
        .containsExactly(
            "3 4 archive, orders archive, at 20 to 2", "2 3 mailer, orders mailer, at 30 to 2");
    assertThat(linking(1, ""))
        .containsExactly(
            "4 5 audit, orders audit, at 10 to 1",
            "3 4 archive, orders archive, at 20 to 2",
            "2 3 mailer, orders mailer, at 30 to 2");
    assertThat(linking(2, "")).isEmpty();
    assertThat(linking(9, "")).containsExactly("3 4 archive, orders archive, at 20 to 2");
  }

  @Test
  void givesBothOfTwoTracesThatLinkToEachOther() throws Exception {
    send("shop", 1, 1, 0, link(trace(2), span(2)));
    send("mailer", 2, 2, 5, link(trace(1), span(1)));
    store().put(all());

    assertThat(linking(1, span(1))).containsExactly("2 2 mailer, orders mailer, at 5 to 1");
    assertThat(linking(2, span(2))).containsExactly("1 1 shop, orders shop, at 0 to 2");
  }

  @Test
  void givesSpansOfTheSameTrace() throws Exception {
    send("shop", 1, 1, 0);
    send("mailer", 1, 2, 5, link(trace(1), span(1)), link(trace(1), span(2)));
    store().put(all());

    assertThat(linking(1, span(1))).containsExactly("1 2 mailer, orders mailer, at 5 to 1");
    assertThat(linking(1, span(2))).containsExactly("1 2 mailer, orders mailer, at 5 to 2");
  }

  @Test
  void givesALinkingSpanOnceHoweverOftenItWasSentAndHasTheLink() throws Exception {
    send("mailer", 2, 2, 5, link(trace(1), span(1)), link(trace(1), span(1)));
    SpanStore store = store();
    store.put(all());
    store.put(all());
    store.put(TracesData.newBuilder().addAllResourceSpans(sent).addAllResourceSpans(sent).build());

    assertThat(linking(1, span(1))).containsExactly("2 2 mailer, orders mailer, at 5 to 1");
  }

  @Test
  void givesTheFirstOfManyAndSaysThatThereAreMore() throws Exception {
    for (int i = 0; i < MANY; i++) {
      send("mailer", 1_000 + i, 1 + i, (i * 7) % MANY, link(trace(1), span(1)));
    }
    store().put(all());

    LinkingSpans.Found some = find(trace(1), span(1), 100);
    assertThat(some.truncated()).isTrue();
    assertThat(some.spans().stream().map(found -> (found.startNanos() - BEGIN) / 1_000_000))
        .containsExactlyElementsOf(IntStream.range(0, 100).mapToObj(i -> (long) i).toList());
    assertThat(find(trace(1), span(1), MANY - 1).truncated()).isTrue();
    LinkingSpans.Found all = find(trace(1), span(1), MANY);
    assertThat(all.truncated()).isFalse();
    assertThat(all.spans()).hasSize(MANY);
  }

  /// The rows of a scheduler's span that each of its jobs links to, some of which came twice.
  @Test
  void givesTheFirstOfAMillionWithinItsMemory() throws Exception {
    store();
    engine
        .clickHouse()
        .execute(
            Query.of(
                """
                INSERT INTO deepflow.link_index (linked_trace_id, linked_span_id, trace_id, span_id, start_time, service, name)
                SELECT unhex('%1$s'), unhex('%2$s'), MD5(toString(job)), substring(MD5(toString(job)), 1, 8),
                  fromUnixTimestamp64Nano(%3$s + (job * 7919) %% 1000000), 'jobs', 'job'
                FROM (SELECT if(number < 1000000, number, number %% 1000) AS job FROM numbers(1100000))
                """
                    .formatted(trace(1), span(1), BEGIN)));
    QueryLimits small = new QueryLimits(Duration.ofSeconds(20), 64 << 20, 1 << 20, 1, 1);

    LinkingSpans.Found some =
        new LinkingSpans(engine.clickHouse(), small).find(trace(1), span(1), 1_000);

    assertThat(some.truncated()).isTrue();
    assertThat(some.spans().stream().map(found -> found.startNanos() - BEGIN))
        .containsExactlyElementsOf(IntStream.range(0, 1_000).mapToObj(i -> (long) i).toList());
  }

  @Test
  void givesEachOfFewThatWereSentOverAndOver() throws Exception {
    send("mailer", 2, 2, 5, link(trace(1), span(1)));
    send("mailer", 3, 3, 6, link(trace(1), span(1)));
    SpanStore store = store();
    for (int i = 0; i < 40; i++) {
      store.put(all());
    }

    LinkingSpans.Found some = find(trace(1), span(1), 1);
    assertThat(some.spans()).hasSize(1);
    assertThat(some.truncated()).isTrue();
    assertThat(find(trace(1), span(1), 2).spans()).hasSize(2);
    assertThat(find(trace(1), span(1), 2).truncated()).isFalse();
  }

  @Test
  void passesOverLinksWithoutValidIds() throws Exception {
    send("mailer", 2, 2, 5, link(trace(1), ""), link("0102", span(1)), link(trace(1), span(1)));
    store().put(all());

    assertThat(linking(1, "")).containsExactly("2 2 mailer, orders mailer, at 5 to 1");
  }

  @Test
  void hasTheLinksOfABlockThatACrashCutShort() throws Exception {
    send("shop", 1, 1, 0, link(trace(3), span(3)));
    send("mailer", 2, 2, 5, link(trace(1), span(1)), link(trace(3), span(3)));
    store().put(all());
    engine.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.link_index"));
    engine.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.blocks"));
    assertThat(linking(3, "")).isEmpty();

    store();

    assertThat(linking(1, "")).containsExactly("2 2 mailer, orders mailer, at 5 to 1");
    assertThat(linking(3, ""))
        .containsExactly(
            "1 1 shop, orders shop, at 0 to 3", "2 2 mailer, orders mailer, at 5 to 3");
  }
}
