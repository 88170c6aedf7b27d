package deepflow.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnknownFieldSet;
import deepflow.server.ingester.LinkAgent;
import deepflow.server.storage.OtlpGenerator;
import deepflow.wire.frame.Identity;
import deepflow.wire.otlp.OtlpField;
import io.opentelemetry.proto.common.v1.AnyValue;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Attributes as nobody should send them, by somebody who speaks the link without having checked
/// them: what of it is stored is read again by every API, and the server goes on.
class OddValuesTest {

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final int BATCHES = 8;
  private static final int SPANS_IN_BATCH = 6;
  private static final int[] DEPTHS = {1, 63, 64, 65, 200, 5_000};
  private static final long BEGIN = System.currentTimeMillis() / 1_000 * 1_000_000_000L;
  private static final String RANGE =
      "start=%s&end=%s".formatted(BEGIN / 1_000_000_000 - 60, BEGIN / 1_000_000_000 + 60);
  private static final String RANGE_NS =
      "start=%s&end=%s".formatted(BEGIN - 60_000_000_000L, BEGIN + 60_000_000_000L);

  @TempDir private Path data;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Random random = new Random(SEED);
  private final OtlpGenerator generator = new OtlpGenerator(random);
  private int spans;

  /// A field of a message.
  private static ByteString field(int number, ByteString value) {
    return UnknownFieldSet.newBuilder()
        .addField(number, UnknownFieldSet.Field.newBuilder().addLengthDelimited(value).build())
        .build()
        .toByteString();
  }

  private static ByteString field(int number, String value) {
    return field(number, ByteString.copyFromUtf8(value));
  }

  /// An AnyValue, or what somebody may send as one.
  private ByteString value() {
    return switch (random.nextInt(5)) {
      case 0 -> nested(DEPTHS[random.nextInt(DEPTHS.length)]);
      case 1 -> anyValue();
      case 2 -> anyValue().concat(anyValue());
      case 3 -> broken(anyValue());
      default -> collection(broken(field(OtlpField.ARRAY_VALUE_VALUES, anyValue())));
    };
  }

  private ByteString anyValue() {
    return generator.message(AnyValue.newBuilder()).toByteString();
  }

  /// Lists in lists, or maps in maps.
  private ByteString nested(int depth) {
    ByteString inner = field(OtlpField.ANY_VALUE_STRING, "deep");
    for (int i = 0; i < depth; i++) {
      inner =
          random.nextBoolean()
              ? field(OtlpField.ANY_VALUE_ARRAY, field(OtlpField.ARRAY_VALUE_VALUES, inner))
              : field(
                  OtlpField.ANY_VALUE_KVLIST,
                  field(OtlpField.KEY_VALUE_LIST_VALUES, keyValue("k", inner)));
    }
    return inner;
  }

  private ByteString collection(ByteString inside) {
    return field(
        random.nextBoolean() ? OtlpField.ANY_VALUE_ARRAY : OtlpField.ANY_VALUE_KVLIST, inside);
  }

  private ByteString broken(ByteString whole) {
    if (whole.isEmpty()) {
      return ByteString.fromHex("0aff");
    }
    byte[] bytes = whole.toByteArray();
    for (int change = random.nextInt(3); change >= 0; change--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return random.nextInt(3) == 0
        ? ByteString.copyFrom(bytes, 0, random.nextInt(bytes.length))
        : ByteString.copyFrom(bytes);
  }

  private static ByteString keyValue(String key, ByteString value) {
    return field(OtlpField.KEY_VALUE_KEY, key).concat(field(OtlpField.KEY_VALUE_VALUE, value));
  }

  private ByteString span() {
    spans++;
    byte[] id = ByteBuffer.allocate(8).putLong(spans).array();
    byte[] trace = ByteBuffer.allocate(16).putLong(8, spans).array();
    ByteString event =
        field(OtlpField.EVENT_NAME, "odd")
            .concat(field(OtlpField.EVENT_ATTRIBUTES, keyValue("odd", value())));
    ByteString link =
        field(OtlpField.LINK_TRACE_ID, ByteString.copyFrom(trace))
            .concat(field(OtlpField.LINK_SPAN_ID, ByteString.copyFrom(id)))
            .concat(field(OtlpField.LINK_ATTRIBUTES, keyValue("odd", value())));
    ByteString times =
        UnknownFieldSet.newBuilder()
            .addField(OtlpField.SPAN_START_TIME_UNIX_NANO, fixed64(BEGIN + spans))
            .addField(OtlpField.SPAN_END_TIME_UNIX_NANO, fixed64(BEGIN + spans + 1_000))
            .build()
            .toByteString();
    ByteString span =
        field(OtlpField.SPAN_TRACE_ID, ByteString.copyFrom(trace))
            .concat(field(OtlpField.SPAN_SPAN_ID, ByteString.copyFrom(id)))
            .concat(field(OtlpField.SPAN_NAME, "odd"))
            .concat(times);
    // Not all in one span, which would nearly always be refused.
    return switch (random.nextInt(3)) {
      case 0 -> span.concat(field(OtlpField.SPAN_ATTRIBUTES, keyValue("odd", value())));
      case 1 -> span.concat(field(OtlpField.SPAN_EVENTS, event));
      default -> span.concat(field(OtlpField.SPAN_LINKS, link));
    };
  }

  private static UnknownFieldSet.Field fixed64(long value) {
    return UnknownFieldSet.Field.newBuilder().addFixed64(value).build();
  }

  private byte[] request() {
    ByteString scope =
        field(
            OtlpField.SCOPE_SPANS_SCOPE,
            field(OtlpField.SCOPE_NAME, "odd")
                .concat(field(OtlpField.SCOPE_ATTRIBUTES, keyValue("odd", value()))));
    for (int i = 0; i < SPANS_IN_BATCH; i++) {
      scope = scope.concat(field(OtlpField.SCOPE_SPANS_SPANS, span()));
    }
    ByteString resource =
        field(OtlpField.RESOURCE_ATTRIBUTES, keyValue("odd", value()))
            .concat(
                field(
                    OtlpField.RESOURCE_ATTRIBUTES,
                    keyValue("service.name", field(OtlpField.ANY_VALUE_STRING, "odd"))));
    return field(
            OtlpField.REQUEST_RESOURCE_SPANS,
            field(OtlpField.RESOURCE_SPANS_RESOURCE, resource)
                .concat(field(OtlpField.RESOURCE_SPANS_SCOPE_SPANS, scope)))
        .toByteArray();
  }

  private byte[] answer(HttpRequest question) throws Exception {
    HttpResponse<byte[]> answer = http.send(question, HttpResponse.BodyHandlers.ofByteArray());
    assertThat(answer.statusCode())
        .as("tests.seed=%s %s %.500s", SEED, question, new String(answer.body(), UTF_8))
        .isIn(200, 404);
    return answer.body();
  }

  private static URI uri(int port, String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private byte[] get(int port, String path) throws Exception {
    return answer(HttpRequest.newBuilder(uri(port, path)).build());
  }

  private byte[] getProtobuf(int port, String path) throws Exception {
    return answer(
        HttpRequest.newBuilder(uri(port, path)).header("accept", "application/protobuf").build());
  }

  private String post(int port, String path, String type, String body) throws Exception {
    return new String(
        answer(
            HttpRequest.newBuilder(uri(port, path))
                .header("content-type", type)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build()),
        UTF_8);
  }

  private String sql(int port, String statement) throws Exception {
    return post(
        port,
        "/v1/query/",
        "application/x-www-form-urlencoded",
        "db=flow_log&sql=" + URLEncoder.encode(statement, UTF_8));
  }

  private String tracing(int port, String traceId) throws Exception {
    return post(
        port,
        "/v1/stats/querier/L7FlowTracing",
        "application/json",
        "{\"database\":\"flow_log\",\"table\":\"l7_flow_log\",\"has_attributes\":1,\"trace_id\":\"%s\",\"time_start\":%s,\"time_end\":%s}"
            .formatted(traceId, BEGIN / 1_000_000_000 - 60, BEGIN / 1_000_000_000 + 60));
  }

  /// Asks for each trace in every way.
  ///
  /// @return how many are stored
  private int readEachTrace(int port) throws Exception {
    int stored = 0;
    for (int i = 1; i <= spans; i++) {
      String id = "%032x".formatted(i);
      stored += getProtobuf(port, "/api/traces/" + id).length > 100 ? 1 : 0;
      get(port, "/api/traces/" + id);
      get(port, "/api/v2/traces/" + id);
      getProtobuf(port, "/api/v2/traces/" + id);
      get(port, "/v1/traces/" + id + "/linked-from");
      assertThat(tracing(port, id)).contains("SUCCESS");
    }
    return stored;
  }

  private void readAll(int port) throws Exception {
    for (String traceQl : List.of("{ .odd != nil }", "{ span.odd =~ \".*\" }", "{ .odd = 1 }")) {
      String q = "&q=" + URLEncoder.encode(traceQl, UTF_8);
      get(port, "/v1/traces?limit=1000&" + RANGE_NS + q);
      get(port, "/api/search?limit=1000&spss=100&" + RANGE + q);
    }
    get(port, "/api/v2/search/tag/.odd/values?" + RANGE);
    get(port, "/v1/differences?sort=slowest&limit=5&" + RANGE_NS);
    for (String statement :
        List.of(
            "SELECT `attribute.odd`, attribute, events, trace_id FROM l7_flow_log LIMIT 1000",
            "SELECT `attribute.odd`, Count(row) AS n FROM l7_flow_log WHERE `attribute.odd` != 'x' GROUP BY `attribute.odd`",
            "SHOW TAG attribute.odd VALUES FROM l7_flow_log")) {
      assertThat(sql(port, statement)).contains("SUCCESS");
    }
  }

  private static int messages(byte[] protobuf) throws Exception {
    var in = new ByteArrayInputStream(protobuf);
    int messages = 0;
    while (in.available() > 0) {
      int length = CodedInputStream.readRawVarint32(in.read(), in);
      assertThat(in.skip(length)).isEqualTo(length);
      messages++;
    }
    return messages;
  }

  @Test
  @Timeout(300)
  void areReadByEveryApiWhenTheyAreStored() throws Exception {
    try (RunningServer server = ServerMain.start(ServerConfig.defaults(data).withPorts(0, 0))) {
      try (LinkAgent agent = LinkAgent.connect(server.ingestPort(), new Identity(1, 1))) {
        agent.greet(1);
        for (int i = 1; i <= BATCHES; i++) {
          agent.sendBatch(i, request());
        }
        agent.awaitCommitted(BATCHES);
      }
      int port = server.address().getPort();

      assertThat(readEachTrace(port)).as("tests.seed=%s", SEED).isBetween(spans / 4, spans - 1);
      readAll(port);
      assertThat(messages(get(port, "/v1/export?format=protobuf&" + RANGE_NS))).isPositive();
      assertThat(new String(get(port, "/v1/export?format=json&" + RANGE_NS), UTF_8))
          .endsWith("}\n");
      assertThat(get(port, "/ready")).isNotEmpty();
    }
  }
}
