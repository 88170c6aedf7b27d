package deepflow.server.querier.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DiscardUnknownFieldsParser;
import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.http.HttpServer;
import deepflow.server.http.LoopbackServer;
import deepflow.server.http.Routes;
import deepflow.server.querier.Parameters;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.querier.search.SpanSearch;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.storage.Engine;
import deepflow.server.storage.OtlpGenerator;
import deepflow.wire.otlp.OtlpJson;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What is exported and imported again is the very same.
class ExportTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final long BEGIN = 1_700_000_000_000_000_000L;

  private final Random random = new Random(SEED);

  /// The next test has a store of its own.
  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private SpanStore store() throws Exception {
    return new SpanStore(engine.clickHouse(), random);
  }

  private static SpanSearch search() {
    return search(QueryLimits.DEFAULT);
  }

  private static SpanSearch search(QueryLimits limits) {
    return new SpanSearch(
        engine.clickHouse(),
        limits,
        new TraceSearch(engine.clickHouse(), limits, InstantSource.system()));
  }

  private static byte[] export(Map<String, List<String>> parameters) throws Exception {
    return export(search(), parameters);
  }

  private static byte[] export(SpanSearch search, Map<String, List<String>> parameters)
      throws Exception {
    Export export = new Export(search, ExportQuestion.of(new Parameters(parameters), ""));
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (byte[] piece = export.next(); piece.length > 0; piece = export.next()) {
      stream.writeBytes(piece);
    }
    assertThat(export.next()).isEmpty();
    return stream.toByteArray();
  }

  private static byte[] export(String format) throws Exception {
    return export(Map.of("format", List.of(format)));
  }

  private static List<TracesData> read(byte[] protobuf) throws IOException {
    List<TracesData> messages = new ArrayList<>();
    ByteArrayInputStream in = new ByteArrayInputStream(protobuf);
    for (TracesData next = TracesData.parseDelimitedFrom(in);
        next != null;
        next = TracesData.parseDelimitedFrom(in)) {
      messages.add(next);
    }
    return messages;
  }

  private static List<TracesData> readJson(byte[] lines) throws Exception {
    List<TracesData> messages = new ArrayList<>();
    for (String line : new String(lines, UTF_8).lines().toList()) {
      byte[] json = line.getBytes(UTF_8);
      messages.add(TracesData.parseFrom(OtlpJson.toProtobuf(json, 0, json.length)));
    }
    return messages;
  }

  /// Everything that a store has of its spans, but when and from whom it came.
  private static List<String> content() throws Exception {
    List<String> content = new ArrayList<>();
    content.addAll(
        texts(
            "toString(tuple(* EXCEPT (block_time, block_id, agent, batch, sender))) AS row FROM deepflow.spans"));
    for (String heads : List.of("resource", "scope")) {
      content.addAll(
          texts(
              "DISTINCT toString(tuple(* EXCEPT (day))) AS row FROM deepflow.%ss WHERE %s_id IN (SELECT %s_id FROM deepflow.spans)"
                  .formatted(heads, heads, heads)));
    }
    return content;
  }

  private static List<String> texts(String select) throws Exception {
    List<String> texts = new ArrayList<>();
    try (Rows rows = engine.clickHouse().query(Query.of("SELECT " + select + " ORDER BY row"))) {
      while (rows.next()) {
        texts.add(rows.getString(0));
      }
    }
    return texts;
  }

  @Test
  void importingAProtobufExportGivesTheVerySameRows() throws Exception {
    OtlpGenerator generator = new OtlpGenerator(random);
    SpanStore first = store();
    for (int i = 0; i < 12; i++) {
      TracesData.Builder request = TracesData.newBuilder();
      for (int n = 0; n < 12; n++) {
        request.mergeFrom(generator.traces());
      }
      first.put(request.build());
    }
    List<String> before = content();
    byte[] exported = export("protobuf");
    drop();

    SpanStore second = store();
    List<TracesData> messages = read(exported);
    for (TracesData message : messages) {
      second.put(message);
    }

    assertThat(before).hasSizeGreaterThan(500);
    assertThat(content()).as("tests.seed=%s", SEED).isEqualTo(before);
  }

  @Test
  void importingAJsonExportGivesTheVerySameRowsOfWhatOtlpKnows() throws Exception {
    OtlpGenerator generator = new OtlpGenerator(random);
    var known = DiscardUnknownFieldsParser.wrap(TracesData.parser());
    SpanStore first = store();
    for (int i = 0; i < 10; i++) {
      first.put(known.parseFrom(generator.traces().toByteArray()));
    }
    List<TracesData> fromProtobuf = read(export("protobuf"));
    List<TracesData> fromJson = readJson(export("json"));

    assertThat(fromJson).as("tests.seed=%s", SEED).isEqualTo(fromProtobuf);
  }

  @Test
  void importingWhatAgentsAddedTheirSendersAddressToGivesTheVerySameRows() throws Exception {
    SpanStore first = store();
    TracesData traces = span("shop", 1, 0, BEGIN).toBuilder().mergeFrom(spans(0, 9, 2)).build();
    first.putByAgent(traces, "10.1.2.3");
    List<String> before = content();
    assertThat(before).hasSizeGreaterThan(10).anyMatch(row -> row.contains("10.1.2.3"));
    for (List<TracesData> messages : List.of(read(export("protobuf")), readJson(export("json")))) {
      drop();
      SpanStore second = store();
      for (TracesData message : messages) {
        second.putByAgent(message, "127.0.0.1");
      }

      assertThat(content()).isEqualTo(before);
    }
  }

  @Test
  void importingIntoTheSameStoreShowsNoSpanTwice() throws Exception {
    SpanStore store = store();
    OtlpGenerator generator = new OtlpGenerator(random);
    var known = DiscardUnknownFieldsParser.wrap(TracesData.parser());
    store.putByAgent(known.parseFrom(generator.traces().toByteArray()), "10.1.2.3");
    store.putByAgent(spans(0, 9, 2), "10.1.2.4");
    byte[] exported = export("json");

    for (TracesData message : readJson(exported)) {
      store.putByAgent(message, "127.0.0.1");
    }

    assertThat(export("json")).as("tests.seed=%s", SEED).isEqualTo(exported);
  }

  private static TracesData spans(int from, int count, int errorsEach) {
    ScopeSpans.Builder spans = ScopeSpans.newBuilder();
    for (int i = from; i < from + count; i++) {
      Span.Builder span =
          spans
              .addSpansBuilder()
              .setTraceId(
                  ByteString.copyFrom(ByteBuffer.allocate(16).putInt(12, i / 3 + 1).array()))
              .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putInt(4, i + 1).array()))
              .setName("span-" + i)
              // a trace's spans start together, and traces cross hours
              .setStartTimeUnixNano(BEGIN + i / 3 * 1_000_000_000L)
              .setEndTimeUnixNano(BEGIN + i / 3 * 1_000_000_000L + i);
      if (i % errorsEach == 0) {
        span.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR));
      }
    }
    return TracesData.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(spans))
        .build();
  }

  private static List<String> names(List<TracesData> messages) {
    return messages.stream()
        .flatMap(message -> message.getResourceSpansList().stream())
        .flatMap(resource -> resource.getScopeSpansList().stream())
        .flatMap(scope -> scope.getSpansList().stream())
        .map(Span::getName)
        .toList();
  }

  @Test
  void everySpanThatFulfilsTheConditionComesOnceInHoweverManyPages() throws Exception {
    SpanStore store = store();
    store.put(spans(0, 9_000, 7));
    store.put(spans(0, 9_000, 7)); // sent twice
    List<String> all = names(read(export("protobuf")));
    assertThat(all).hasSize(9_000).doesNotHaveDuplicates();

    List<String> errors =
        names(
            read(
                export(
                    Map.of(
                        "q", List.of("{ status = error }"),
                        "start", List.of(Long.toString(BEGIN + 500_000_000_000L)),
                        "format", List.of("protobuf")))));
    assertThat(errors)
        .doesNotHaveDuplicates()
        .hasSize((int) IntStream.range(1_500, 9_000).filter(i -> i % 7 == 0).count());
  }

  @Test
  void spansForWhichThereIsNoMemoryAtOnceComeInSmallerPages() throws Exception {
    SpanStore store = store();
    for (int i = 0; i < 8; i++) {
      store.put(largeSpans(50 * i, 50));
    }
    QueryLimits usual = QueryLimits.DEFAULT;
    var few =
        new QueryLimits(
            usual.time(), 176 << 20, usual.answerBytesMax(), usual.concurrent(), usual.waiting());

    byte[] exported = export(search(few), Map.of("format", List.of("protobuf")));

    assertThat(names(read(exported))).hasSize(400).doesNotHaveDuplicates();
  }

  /// Of 300 kB each, in which nothing repeats.
  private TracesData largeSpans(int from, int count) {
    TracesData.Builder large = spans(from, count, count).toBuilder();
    large
        .getResourceSpansBuilder(0)
        .getScopeSpansBuilder(0)
        .getSpansBuilderList()
        .forEach(span -> {
          byte[] text = new byte[150_000];
          random.nextBytes(text);
          span.addAttributesBuilder()
              .setKey("prompt")
              .getValueBuilder()
              .setStringValue(HexFormat.of().formatHex(text));
        });
    return large.build();
  }

  private static TracesData span(String service, int id, int parent, long start) {
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(ByteString.fromHex("%032x".formatted(7)))
            .setSpanId(ByteString.fromHex("%016x".formatted(id)))
            .setName(service + " " + id)
            .setStartTimeUnixNano(start)
            .setEndTimeUnixNano(start + 1);
    if (parent > 0) {
      span.setParentSpanId(ByteString.fromHex("%016x".formatted(parent)));
    }
    ResourceSpans.Builder spans =
        ResourceSpans.newBuilder().addScopeSpans(ScopeSpans.newBuilder().addSpans(span));
    spans
        .getResourceBuilder()
        .addAttributesBuilder()
        .setKey("service.name")
        .getValueBuilder()
        .setStringValue(service);
    return TracesData.newBuilder().addResourceSpans(spans).build();
  }

  private static List<String> found(String traceQl, long start) throws Exception {
    return names(
        read(
            export(
                Map.of(
                    "q", List.of(traceQl),
                    "start", List.of(Long.toString(start)),
                    "end", List.of(Long.toString(BEGIN + 20_000_000_000L)),
                    "format", List.of("protobuf")))));
  }

  @Test
  void aTraceIsWhatItIsHoweverMuchOfItStartedWithinTheTime() throws Exception {
    SpanStore store = store();
    store.put(span("shop", 1, 0, BEGIN + 4_100_000_000L));
    store.put(span("db", 2, 1, BEGIN + 4_800_000_000L));
    store.put(span("db", 3, 2, BEGIN + 6_000_000_000L));
    String ofShop = "{ rootServiceName = \"shop\" && traceDuration > 1900ms }";
    String notOfShop = "{ !(rootServiceName = \"shop\") }";

    assertThat(found(ofShop, BEGIN + 5_000_000_000L)).containsExactly("db 3");
    assertThat(found(ofShop, BEGIN + 4_500_000_000L)).containsExactly("db 2", "db 3");
    assertThat(found(notOfShop, BEGIN + 5_000_000_000L)).isEmpty();
    assertThat(found(notOfShop, BEGIN + 4_500_000_000L)).isEmpty();
  }

  @Test
  void endsBehindTheLimit() throws Exception {
    store().put(spans(0, 4_000, 7));

    for (int limit : List.of(1, 3, 1_000, 2_999, 100_000)) {
      List<String> names =
          names(
              read(
                  export(
                      Map.of(
                          "limit", List.of(Integer.toString(limit)),
                          "format", List.of("protobuf")))));
      int whole = Math.min(4_000, (limit + 2) / 3 * 3);
      assertThat(names).as("limit %s", limit).hasSizeBetween(Math.min(limit, 4_000), whole + 3);
    }
  }

  @Test
  void streamsOverHttpAndRefusesWhatItCantRead() throws Exception {
    store().put(spans(0, 5_000, 7));
    Routes routes = new Routes();
    new ExportApi(search()).publish(routes);
    try (HttpServer server = LoopbackServer.of(routes);
        HttpClient client = HttpClient.newHttpClient()) {
      String base =
          "http://127.0.0.1:%s/v1/export".formatted(Integer.toString(server.address().getPort()));
      var binary =
          client.send(
              HttpRequest.newBuilder(URI.create(base))
                  .header("Accept", "application/x-protobuf")
                  .build(),
              BodyHandlers.ofByteArray());
      assertThat(binary.statusCode()).isEqualTo(200);
      assertThat(binary.headers().firstValue("content-type")).contains("application/x-protobuf");
      assertThat(names(read(binary.body()))).hasSize(5_000).doesNotHaveDuplicates();

      var lines =
          client.send(HttpRequest.newBuilder(URI.create(base)).build(), BodyHandlers.ofByteArray());
      assertThat(names(readJson(lines.body()))).hasSize(5_000).doesNotHaveDuplicates();

      for (String wrong :
          List.of(
              "q=%7B",
              "format=csv", "limit=0", "start=5&end=4", "end=soon", "q=%7Bname%3D~%22(%22%7D")) {
        var refused =
            client.send(
                HttpRequest.newBuilder(URI.create(base + "?" + wrong)).build(),
                BodyHandlers.ofString());
        assertThat(refused.statusCode()).as(wrong).isEqualTo(400);
        assertThat(refused.body()).as(wrong).contains("error");
      }
    }
  }

  /// A client whose export breaks for a reason that nobody thought of is told so, and doesn't wait.
  @Test
  void anExportThatBreaksEnds() throws Exception {
    store().put(spans(0, 10, 7));
    ClickHouse breaking =
        new ForwardingClickHouse(engine.clickHouse()) {
          @Override
          public Rows query(Query query) {
            throw new IllegalStateException("a test wants it so");
          }
        };
    SpanSearch broken =
        new SpanSearch(
            breaking,
            QueryLimits.DEFAULT,
            new TraceSearch(breaking, QueryLimits.DEFAULT, InstantSource.system()));
    Routes routes = new Routes();
    new ExportApi(broken).publish(routes);
    try (HttpServer server = LoopbackServer.of(routes);
        HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create(
                      "http://127.0.0.1:%s/v1/export"
                          .formatted(Integer.toString(server.address().getPort()))))
              .timeout(Duration.ofSeconds(20))
              .build();
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(500);
    }
  }
}
