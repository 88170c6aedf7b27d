package deepflow.server.querier.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import deepflow.clickhouse.Query;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.querier.search.Field.Attribute;
import deepflow.server.querier.search.Field.Intrinsic;
import deepflow.server.querier.search.Field.Scope;
import deepflow.server.querier.search.TagSearch.TagValue;
import deepflow.server.querier.search.TraceQuery.Order;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Spans that are easily overlooked. The traces of each test have a day of their own.
class OddSpansTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Random random = new Random(SEED);
  private static final long SECOND = 1_000_000_000L;
  private static final long DAY = 86_400L * SECOND;

  private static @Nullable SpanStore store;
  private static int days;
  private static int spans;

  private final long begin = 1_700_000_000L * SECOND + ++days * DAY;

  @BeforeAll
  static void open() throws Exception {
    store = new SpanStore(engine.clickHouse(), random);
  }

  /// A span of the day's trace, a root unless it is given a parent.
  private Span.Builder span(String name, long start, long end) {
    return Span.newBuilder()
        .setTraceId(ByteString.fromHex("%032x".formatted(days)))
        .setSpanId(ByteString.fromHex("%016x".formatted(++spans)))
        .setName(name)
        .setStartTimeUnixNano(start)
        .setEndTimeUnixNano(end);
  }

  private static void put(String service, Span.Builder... spans) throws Exception {
    AnyValue.Builder name = AnyValue.newBuilder().setStringValue(service);
    put(Resource.newBuilder().addAttributes(attribute("service.name", name)).build(), spans);
  }

  private static void put(Resource resource, Span.Builder... spans) throws Exception {
    put(resource, InstrumentationScope.getDefaultInstance(), spans);
  }

  private static void put(Resource resource, InstrumentationScope scope, Span.Builder... spans)
      throws Exception {
    ScopeSpans.Builder all = ScopeSpans.newBuilder().setScope(scope);
    List.of(spans).forEach(all::addSpans);
    Objects.requireNonNull(store)
        .put(
            TracesData.newBuilder()
                .addResourceSpans(
                    ResourceSpans.newBuilder().setResource(resource).addScopeSpans(all))
                .build());
  }

  private static KeyValue attribute(String key, AnyValue.Builder value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private static TraceSearch search() {
    return new TraceSearch(engine.clickHouse(), QueryLimits.DEFAULT, InstantSource.system());
  }

  private static List<FoundTrace> find(SpanCondition condition, long from, long to, Order order)
      throws Exception {
    return search()
        .find(new TraceQuery(from, to, true, condition, 0, Long.MAX_VALUE, order, null, 100, 100))
        .traces();
  }

  /// The names of the spans of the day that fulfil a condition.
  private List<String> names(SpanCondition condition) throws Exception {
    return find(condition, begin, begin + DAY / 2, Order.NEWEST).stream()
        .flatMap(trace -> trace.spans().stream())
        .map(FoundSpan::name)
        .toList();
  }

  private List<String> names(String traceQl) throws Exception {
    return names(TraceQl.parse(traceQl));
  }

  @Test
  void aDecimalFractionIsFoundByItself() throws Exception {
    Span.Builder[] priced = new Span.Builder[40];
    for (int i = 0; i < priced.length; i++) {
      double price = i == 0 ? 0.29 : random.nextInt(100_000) / (i % 2 == 0 ? 100.0 : 1_000.0);
      priced[i] =
          span(Double.toString(price), begin, begin + 1)
              .addAttributes(attribute("price", AnyValue.newBuilder().setDoubleValue(price)));
    }
    put("shop", priced);

    for (Span.Builder span : priced) {
      String price = span.getName();
      assertThat(names("{ span.price = %s }".formatted(price)))
          .as("tests.seed=%s, %s", SEED, price)
          .isNotEmpty()
          .containsOnly(price);
      assertThat(
              names(
                  new SpanCondition.Comparison(
                      new Attribute(Scope.SPAN, "price"),
                      Operator.EQUAL,
                      new Value.Written(price))))
          .as("tests.seed=%s, %s as it is written", SEED, price)
          .isNotEmpty()
          .containsOnly(price);
    }
  }

  private static AnyValue.Builder texts(String... texts) {
    ArrayValue.Builder array = ArrayValue.newBuilder();
    List.of(texts).forEach(text -> array.addValues(AnyValue.newBuilder().setStringValue(text)));
    return AnyValue.newBuilder().setArrayValue(array);
  }

  @Test
  void anArrayIsFoundByOneOfItsElements() throws Exception {
    String key = "http.request.header.x-tenant";
    put(
        "shop",
        span("both", begin, begin + 1).addAttributes(attribute(key, texts("acme", "globex"))),
        span("one", begin, begin + 1).addAttributes(attribute(key, texts("globex"))),
        span("none", begin, begin + 1).addAttributes(attribute(key, texts())),
        span("text", begin, begin + 1).addAttributes(attribute("other", texts("acme"))));

    assertThat(names("{ span.%s = \"acme\" }".formatted(key))).containsExactly("both");
    assertThat(names("{ span.%s =~ \"ac.*\" }".formatted(key))).containsExactly("both");
    assertThat(names("{ span.%s != \"acme\" }".formatted(key))).containsExactly("one");
    assertThat(names("{ span.%s !~ \"ac.*\" }".formatted(key))).containsExactly("one");
    assertThat(
            names(
                new SpanCondition.Comparison(
                    new Attribute(Scope.SPAN, key), Operator.EQUAL, new Value.Written("acme"))))
        .containsExactly("both");
  }

  @Test
  void aMapAndArraysInArraysAreFoundByAnyValueInThem() throws Exception {
    AnyValue.Builder map =
        AnyValue.newBuilder()
            .setKvlistValue(
                KeyValueList.newBuilder()
                    .addValues(attribute("name", text("acme")))
                    .addValues(attribute("seats", AnyValue.newBuilder().setIntValue(7)))
                    .addValues(attribute("regions", texts("eu", "us"))));
    AnyValue.Builder arrays =
        AnyValue.newBuilder()
            .setArrayValue(ArrayValue.newBuilder().addValues(texts("x")).addValues(map));
    put(
        "shop",
        span("map", begin, begin + 1).addAttributes(attribute("tenant", map)),
        span("arrays", begin, begin + 1).addAttributes(attribute("tenant", arrays)),
        span("empty", begin, begin + 1).addAttributes(attribute("tenant", AnyValue.newBuilder())));

    assertThat(names("{ span.tenant = \"acme\" }")).containsExactlyInAnyOrder("map", "arrays");
    assertThat(names("{ span.tenant > 6 }")).containsExactlyInAnyOrder("map", "arrays");
    assertThat(names("{ span.tenant =~ \"e.\" }")).containsExactlyInAnyOrder("map", "arrays");
    assertThat(names("{ span.tenant = \"x\" }")).containsExactly("arrays");
    assertThat(names("{ span.tenant = \"name\" }")).isEmpty();
    assertThat(names("{ span.tenant != nil }")).containsExactlyInAnyOrder("map", "arrays", "empty");
  }

  @Test
  void bytesAreFoundByTheirBase64() throws Exception {
    AnyValue.Builder bytes = AnyValue.newBuilder().setBytesValue(ByteString.copyFromUtf8("acme"));
    put("shop", span("bytes", begin, begin + 1).addAttributes(attribute("key", bytes)));

    assertThat(names("{ span.key = \"YWNtZQ==\" }")).containsExactly("bytes");
  }

  @Test
  void theElementsOfAnArrayAreOfferedAsItsValues() throws Exception {
    put("shop", span("a", begin, begin + 1).addAttributes(attribute("tags", texts("x", "y"))));
    TagSearch tags = new TagSearch(engine.clickHouse(), QueryLimits.DEFAULT, search());
    TagSearch.Range range = new TagSearch.Range(begin, begin + SECOND);

    assertThat(tags.values(new Attribute(Scope.SPAN, "tags"), SpanCondition.ANY, range, 10).items())
        .containsExactly(new TagValue("string", "x"), new TagValue("string", "y"));
  }

  @Test
  void ofTwoOldNamesTheOneIsShownThatASpanOfThatKindIsFoundBy() throws Exception {
    for (Span.SpanKind kind :
        List.of(Span.SpanKind.SPAN_KIND_SERVER, Span.SpanKind.SPAN_KIND_CLIENT)) {
      put(
          "shop",
          span(kind.name(), begin, begin + 1)
              .setKind(kind)
              .addAttributes(attribute("net.peer.name", text("peer")))
              .addAttributes(attribute("net.host.name", text("host"))));
    }

    for (String scope : List.of("span", "")) {
      assertThat(shown("{ %s.server.address = \"host\" }".formatted(scope)))
          .containsExactly(new TypedAttribute("net.host.name", TypedAttribute.Type.STRING, "host"));
      assertThat(shown("{ %s.server.address = \"peer\" }".formatted(scope)))
          .containsExactly(new TypedAttribute("net.peer.name", TypedAttribute.Type.STRING, "peer"));
    }
  }

  private static AnyValue.Builder text(String value) {
    return AnyValue.newBuilder().setStringValue(value);
  }

  private List<TypedAttribute> shown(String traceQl) throws Exception {
    return find(TraceQl.parse(traceQl), begin, begin + DAY / 2, Order.NEWEST).stream()
        .flatMap(trace -> trace.spans().stream())
        .flatMap(span -> span.attributes().stream())
        .toList();
  }

  @Test
  void spansThatDifferInAnAttributeAreTwoThoughTheyHaveOneId() throws Exception {
    Span.Builder sent = span("pays", begin, begin + SECOND);
    Span.Builder tagged = sent.clone().addAttributes(attribute("collector", text("b")));
    put("shop", sent);
    put("shop", tagged);
    put("shop", sent); // again, by another way

    for (Order order : List.of(Order.NEWEST, Order.SLOWEST)) {
      for (int spansPerTrace : List.of(0, 1, 100)) {
        TraceQuery query =
            new TraceQuery(
                begin,
                begin + DAY / 2,
                true,
                TraceQl.parse("{ name = \"pays\" }"),
                0,
                Long.MAX_VALUE,
                order,
                null,
                100,
                spansPerTrace);
        List<FoundTrace> found = search().find(query).traces();

        assertThat(found).hasSize(1);
        assertThat(found.getFirst().summary().spanCount()).isEqualTo(2);
        assertThat(found.getFirst().matched()).as("%s %s", order, spansPerTrace).isEqualTo(2);
        assertThat(found.getFirst().spans()).hasSize(Math.min(spansPerTrace, 2));
      }
    }
    assertThat(shown("{ span.collector = \"b\" }"))
        .containsExactly(new TypedAttribute("collector", TypedAttribute.Type.STRING, "b"));
  }

  @Test
  void valuesAreListedByWhatTheTraceIsAndNotByItsPartWithinTheTime() throws Exception {
    put("shop", span("root", begin + 4 * SECOND, begin + 9 * SECOND));
    Span.Builder child = span("child", begin + 6 * SECOND, begin + 7 * SECOND);
    put("db", child.setParentSpanId(ByteString.fromHex("00000000000000ff")));
    TagSearch tags = new TagSearch(engine.clickHouse(), QueryLimits.DEFAULT, search());
    TagSearch.Range later = new TagSearch.Range(begin + 5 * SECOND, begin + 10 * SECOND);

    assertThat(
            tags.values(Intrinsic.NAME, TraceQl.parse("{ rootServiceName = \"shop\" }"), later, 10)
                .items())
        .containsExactly(new TagValue("string", "child"));
    assertThat(
            tags.values(
                    Intrinsic.NAME, TraceQl.parse("{ !(rootServiceName = \"shop\") }"), later, 10)
                .items())
        .isEmpty();
  }

  private Span.Builder ofTrace(int number, Span.Builder span) {
    return span.setTraceId(ByteString.fromHex("%016x%016x".formatted(number, days)));
  }

  private static List<String> values(String field, String traceQl, TagSearch.Range range)
      throws Exception {
    TagSearch tags = new TagSearch(engine.clickHouse(), QueryLimits.DEFAULT, search());
    return tags.values(TraceQl.field(field), TraceQl.parse(traceQl), range, 100).items().stream()
        .map(TagValue::value)
        .toList();
  }

  @Test
  void valuesOfRootsAndScopesAreThoseOfSpansThatFulfilTheCondition() throws Exception {
    ByteString parent = ByteString.fromHex("00000000000000ff");
    InstrumentationScope.Builder scope = InstrumentationScope.newBuilder().setVersion("1." + days);
    Resource.Builder resource = Resource.newBuilder();
    put("shop", ofTrace(1, span("GET /cart", begin, begin + SECOND)));
    put("mail", ofTrace(2, span("POST /mail", begin, begin + SECOND)));
    put(
        resource.addAttributes(attribute("tier", texts("one"))).build(),
        scope.setName("io.jdbc").build(),
        ofTrace(1, span("SELECT", begin + 2 * SECOND, begin + 3 * SECOND)).setParentSpanId(parent));
    put(
        resource.clone().addAttributes(attribute("other", texts("two"))).build(),
        scope.setName("io.smtp").setVersion("2." + days).build(),
        ofTrace(2, span("SEND", begin + 2 * SECOND, begin + 3 * SECOND)).setParentSpanId(parent));
    TagSearch.Range range = new TagSearch.Range(begin, begin + 10 * SECOND);
    TagSearch.Range later = new TagSearch.Range(begin + SECOND, begin + 10 * SECOND);

    for (TagSearch.Range some : List.of(range, later)) {
      assertThat(values("rootName", "{ name = \"SELECT\" }", some)).containsExactly("GET /cart");
      assertThat(values("rootServiceName", "{ name = \"SEND\" }", some)).containsExactly("mail");
      assertThat(values("instrumentation:name", "{ name = \"SELECT\" }", some))
          .containsExactly("io.jdbc");
      assertThat(values("instrumentation:version", "{ name = \"SEND\" }", some))
          .containsExactly("2." + days);
    }
    assertThat(values("rootName", "{ }", range)).containsExactly("GET /cart", "POST /mail");
    assertThat(values("instrumentation:name", "{ }", range)).contains("io.jdbc", "io.smtp");
  }

  @Test
  void aRootsNameIsAsFrequentAsTheTracesThatHaveIt() throws Exception {
    Span.Builder again = ofTrace(1, span("again", begin, begin + SECOND));
    put("shop", again, ofTrace(2, span("often", begin, begin + SECOND)));
    put("shop", again, ofTrace(3, span("often", begin, begin + SECOND)));
    put("shop", again);

    assertThat(values("rootName", "{ }", new TagSearch.Range(begin, begin + SECOND)))
        .containsExactly("often", "again");
  }

  @Test
  void completionReadsNoMoreSpansThanItPromisesWhereThereAreFarMore() throws Exception {
    int max = 100_000;
    engine
        .clickHouse()
        .execute(
            Query.of(
                    """
                    INSERT INTO deepflow.spans (start_time, attributes)
                    SELECT fromUnixTimestamp64Nano({begin:Int64} + toInt64(number), 'UTC'),
                      map('many', 'x')
                    FROM numbers(2000000)
                    """)
                .with("begin", begin));
    TagSearch tags = new TagSearch(engine.clickHouse(), QueryLimits.DEFAULT, search(), max);
    TagSearch.Range range = new TagSearch.Range(begin, begin + SECOND);
    long before = engine.rowsRead();

    TagSearch.Found<String> keys = tags.keys(Scope.SPAN, range);

    assertThat(keys.items()).contains("many");
    assertThat(keys.cut()).isTrue();
    assertThat(engine.rowsRead() - before).isLessThan(10L * max);
    TagSearch enough = new TagSearch(engine.clickHouse(), QueryLimits.DEFAULT, search(), 3_000_000);
    assertThat(enough.keys(Scope.SPAN, range).cut()).isFalse();
  }

  @Test
  void aPatternThatCannotBeReadYetRestrictsNoResources() throws Exception {
    put("shop", span("root", begin, begin + SECOND));
    TagSearch tags = new TagSearch(engine.clickHouse(), QueryLimits.DEFAULT, search());
    TagSearch.Range later = new TagSearch.Range(begin + 5 * SECOND, begin + 10 * SECOND);
    var serviceName = new Attribute(Scope.RESOURCE, "service.name");

    assertThat(tags.values(serviceName, TraceQl.parse("{ name =~ \"(\" }"), later, 100).items())
        .contains(new TagValue("string", "shop"));
  }

  /// A comparison is said of all names that the key ever had, of the span and of the resource.
  @Test
  void moreConditionsThanTheEngineCanTakeAreRefusedWithAWordOnWhatToDo() throws Exception {
    AnyValue.Builder value = AnyValue.newBuilder().setStringValue("z");
    KeyValue address = attribute("server.address", value);
    put(Resource.newBuilder().addAttributes(address).build(), span("call", begin, begin + 1));
    SpanCondition many =
        TraceQl.parse(
            IntStream.range(0, TraceQl.COMPARISONS_MAX)
                .mapToObj(i -> ".server.address != \"a%d\"".formatted(i))
                .collect(Collectors.joining(" && ", "{ ", " }")));
    TagSearch tags = new TagSearch(engine.clickHouse(), QueryLimits.DEFAULT, search());

    for (Order order : Order.values()) {
      assertThatThrownBy(() -> find(many, begin, begin + SECOND, order))
          .isInstanceOf(SearchException.class)
          .hasMessageContaining("too much");
    }
    assertThatThrownBy(
            () -> tags.values(Intrinsic.NAME, many, new TagSearch.Range(begin, begin + SECOND), 10))
        .isInstanceOf(SearchException.class);
  }

  @Test
  void aSpanWithoutAnEndIsFoundWhereItStarts() throws Exception {
    put("shop", span("endless", begin + SECOND / 2, 0));

    assertThat(find(SpanCondition.ANY, begin, begin + SECOND, Order.NEWEST)).hasSize(1);
    assertThat(find(SpanCondition.ANY, begin, begin + SECOND, Order.SLOWEST)).hasSize(1);
    assertThat(names("{ name = \"endless\" }")).containsExactly("endless");
    assertThat(find(SpanCondition.ANY, begin, begin + SECOND, Order.NEWEST).getFirst().summary())
        .satisfies(trace -> assertThat(trace.durationNanos()).isZero());
  }

  @Test
  void aSpanWithoutAnEndThatStartsWhenTheOthersHaveEndedIsCounted() throws Exception {
    put(
        "shop",
        span("root", begin, begin + SECOND / 10),
        span("endless", begin + SECOND / 5, 0),
        span("backwards", begin + SECOND / 4, begin + SECOND / 8));

    for (Order order : List.of(Order.NEWEST, Order.SLOWEST)) {
      for (String name : List.of("endless", "backwards")) {
        List<FoundTrace> found =
            find(TraceQl.parse("{ name = \"%s\" }".formatted(name)), begin, begin + SECOND, order);

        assertThat(found).as("%s %s", order, name).hasSize(1);
        assertThat(found.getFirst().matched()).as("%s %s", order, name).isEqualTo(1);
        assertThat(found.getFirst().summary().durationNanos()).isEqualTo(SECOND / 4);
      }
    }
  }

  /// As rows of `trace_index` were made before.
  @Test
  void aSpanWithoutAnEndIsFoundWhoseRowSaysThatItEndsBeforeItStarts() throws Exception {
    put("shop", span("endless", begin + SECOND / 2, 0));
    engine
        .clickHouse()
        .execute(
            Query.of(
                    "ALTER TABLE deepflow.trace_index UPDATE end_time = fromUnixTimestamp64Nano(0, 'UTC')"
                        + " WHERE trace_id = toFixedString(unhex({trace:String}), 16)")
                .with("trace", "%032x".formatted(days))
                .setting("mutations_sync", 2));

    assertThat(find(SpanCondition.ANY, begin, begin + SECOND, Order.NEWEST)).hasSize(1);
    assertThat(find(SpanCondition.ANY, begin, begin + SECOND, Order.SLOWEST)).hasSize(1);
  }

  @Test
  void aParentIsFoundByItsIdHoweverThatIsWritten() throws Exception {
    put(
        "shop",
        span("root", begin, begin + 3),
        span("child", begin + 1, begin + 2)
            .setParentSpanId(ByteString.fromHex("00000000000000ab")));

    for (String id : List.of("ab", "AB", "0ab", "00000000000000ab", "00000000000000AB")) {
      assertThat(names("{ span:parentID = \"%s\" }".formatted(id))).as(id).containsExactly("child");
      assertThat(names("{ span:parentID != \"%s\" }".formatted(id))).as(id).containsExactly("root");
    }
    assertThat(names("{ span:parentID = \"\" }")).containsExactly("root");
    assertThat(names("{ span:parentID != \"\" }")).containsExactly("child");
    assertThat(names("{ span:parentID =~ \"0+ab\" }")).containsExactly("child");
    for (String zero : List.of("0", "0000000000000000")) {
      assertThat(names("{ span:parentID = \"%s\" }".formatted(zero))).as(zero).isEmpty();
      assertThat(names("{ span:parentID != \"%s\" }".formatted(zero))).as(zero).hasSize(2);
    }
  }
}
