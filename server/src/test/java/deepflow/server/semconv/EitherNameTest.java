package deepflow.server.semconv;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.SpanStore;
import deepflow.server.querier.search.Field;
import deepflow.server.querier.search.FoundTrace;
import deepflow.server.querier.search.SpanCondition;
import deepflow.server.querier.search.TagSearch;
import deepflow.server.querier.search.TagSearch.TagValue;
import deepflow.server.querier.search.TraceQl;
import deepflow.server.querier.search.TraceQuery;
import deepflow.server.querier.search.TraceSearch;
import deepflow.server.querier.sql.Language;
import deepflow.server.querier.sql.SqlQuerier;
import deepflow.server.querier.sql.SqlQuestion;
import deepflow.server.semconv.RenameFile.Rename;
import deepflow.server.storage.Engine;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Whichever name of the semantic conventions a span has: by each of them it is found, by the
/// search and by SQL.
class EitherNameTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long BEGIN = 1_700_000_000_000_000_000L;
  private static final List<Rename> PLAIN =
      RenameFile.all().stream()
          .filter(rename ->
              rename.kinds() == Kinds.ANY && rename.forward().equals(List.of(Conversion.Same.SAME)))
          .toList();

  private static final int SERVER = Span.SpanKind.SPAN_KIND_SERVER_VALUE;
  private static final int CLIENT = Span.SpanKind.SPAN_KIND_CLIENT_VALUE;
  private static final int PRODUCER = Span.SpanKind.SPAN_KIND_PRODUCER_VALUE;
  private static final int CONSUMER = Span.SpanKind.SPAN_KIND_CONSUMER_VALUE;

  /// A span with attributes of more than another name, and what finds it or doesn't.
  private record Case(int kind, List<Object> attributes, List<String> found, List<String> not) {}

  private static final List<Case> CASES = new ArrayList<>();

  private static void span(
      int kind, List<Object> attributes, List<String> found, List<String> not) {
    CASES.add(new Case(kind, attributes, found, not));
  }

  static {
    span(
        SERVER,
        List.of("http.target", "/cart?x=1"),
        List.of(
            "span.url.path = \"/cart\"", "span.url.query = \"x=1\"", "span.url.path =~ \"/c.*\""),
        List.of("span.url.path = \"/cart?x=1\"", "span.url.path != \"/cart\""));
    span(
        SERVER,
        List.of("url.path", "/pay", "url.query", "y=2"),
        List.of("span.http.target = \"/pay?y=2\"", ".http.target != nil"),
        List.of("span.http.target = \"/pay\"", "span.http.target = nil"));
    span(
        CLIENT,
        List.of("net.peer.name", "shop.example", "net.peer.port", 8443),
        List.of("span.server.address = \"shop.example\"", "span.server.port = 8443"),
        List.of("span.client.address = \"shop.example\"", "span.client.port = 8443"));
    span(
        SERVER,
        List.of("net.peer.name", "caller.example", "net.host.name", "me.example"),
        List.of("span.client.address = \"caller.example\"", "span.server.address = \"me.example\""),
        List.of("span.server.address = \"caller.example\""));
    span(
        CONSUMER,
        List.of("net.peer.name", "kafka-1", "net.peer.port", 9092),
        List.of("span.server.address = \"kafka-1\"", "span.server.port = 9092"),
        List.of("span.client.address = \"kafka-1\"", "span.client.port = 9092"));
    span(
        SERVER,
        List.of("net.peer.ip", "10.9.8.7", "message.id", 3, "enduser.role", "admin"),
        List.of(
            "span.net.sock.peer.addr = \"10.9.8.7\"",
            "span.network.peer.address = \"10.9.8.7\"",
            "span.rpc.message.id = 3",
            "span.user.roles = \"admin\""),
        List.of());
    span(
        SERVER,
        List.of("http.request_content_length", 77),
        List.of(
            "span.http.request.header.content-length = \"77\"", "span.http.request.body.size = 77"),
        List.of("span.http.request.header.content-length = \"78\""));
    span(
        CLIENT,
        List.of("feature_flag.evaluation.variant", "blue"),
        List.of("span.feature_flag.result.variant = \"blue\""),
        List.of());
    span(
        CLIENT,
        List.of("server.address", "new.example"),
        List.of("span.net.peer.name = \"new.example\"", "span.http.host = \"new.example\""),
        List.of("span.net.host.name = \"new.example\""));
    span(
        CLIENT,
        List.of("http.host", "host.example:8080"),
        List.of("span.server.address = \"host.example\""),
        List.of("span.server.address = \"host.example:8080\""));
    span(
        CLIENT,
        List.of("db.system", "mssql", "db.connection_string", "jdbc:sqlserver://db.example:1433/x"),
        List.of(
            "span.db.system.name = \"microsoft.sql_server\"",
            "span.server.address = \"db.example\"",
            "span.server.port = 1433"),
        List.of("span.db.system.name = \"mssql\""));
    span(
        CLIENT,
        List.of("db.connection_string", "mongodb://me:se@cret@db-1:27017,db-2:27018/x?a=b:5"),
        List.of("span.server.address = \"db-1\"", "span.server.port = 27017"),
        List.of("span.server.port = 5", "span.server.address =~ \".*cret.*\""));
    span(
        CLIENT,
        List.of("db.connection_string", "Server=db.example,1433;Password=secret"),
        List.of("span.server.address = nil", "span.server.port = nil"),
        List.of("span.server.address != nil"));
    span(
        CLIENT,
        List.of("db.system.name", "oracle.db", "db.namespace", "7"),
        List.of("span.db.system = \"oracle\"", "span.db.redis.database_index = 7"),
        List.of("span.db.system = \"oracle.db\""));
    span(
        CLIENT,
        List.of("db.redis.database_index", 15),
        List.of("span.db.namespace = \"15\""),
        List.of("span.db.namespace = 15"));
    span(
        SERVER,
        List.of("rpc.service", "shop.Cart", "rpc.method", "Add", "rpc.grpc.status_code", 5),
        List.of(
            "span.rpc.method = \"shop.Cart/Add\"",
            "span.rpc.method = \"Add\"",
            "span.rpc.status_code = \"NOT_FOUND\"",
            "span.rpc.response.status_code =~ \"NOT_.*\""),
        List.of("span.rpc.status_code = \"5\"", "span.rpc.method != \"Add\""));
    span(
        SERVER,
        List.of("rpc.method", "shop.Till/Pay", "rpc.status_code", "UNAVAILABLE"),
        List.of(
            "span.rpc.service = \"shop.Till\"",
            "span.rpc.method = \"Pay\"",
            "span.rpc.grpc.status_code = 14",
            "span.rpc.grpc.status_code > 13"),
        List.of("span.rpc.grpc.status_code = 13", "span.rpc.grpc.status_code != 14"));
    span(
        SERVER,
        List.of("rpc.service", "shop.Bag", "rpc.method", "shop.Bag/Drop"),
        List.of("span.rpc.method = \"shop.Bag/Drop\"", "span.rpc.method = \"Drop\""),
        List.of("span.rpc.method = \"shop.Bag/shop.Bag/Drop\""));
    span(
        CONSUMER,
        List.of(
            "messaging.operation", "deliver",
            "messaging.kafka.destination.partition", 3,
            "messaging.rocketmq.client_group", "tills"),
        List.of(
            "span.messaging.operation.type = \"process\"",
            "span.messaging.destination.partition.id = \"3\"",
            "span.messaging.consumer.group.name = \"tills\""),
        List.of("span.messaging.operation.type = \"deliver\""));
    span(
        CLIENT,
        List.of("messaging.rocketmq.client_group", "senders"),
        List.of("span.messaging.rocketmq.client_group = \"senders\""),
        List.of("span.messaging.consumer.group.name = \"senders\""));
    span(
        SERVER,
        List.of("code.namespace", "shop.Cart", "code.function", "add"),
        List.of("span.code.function.name = \"shop.Cart.add\""),
        List.of());
    span(
        SERVER,
        List.of("code.function.name", "shop.Till.pay"),
        List.of("span.code.function = \"pay\"", "span.code.namespace = \"shop.Till\""),
        List.of());
    span(
        CLIENT,
        List.of("http.flavor", "2.0", "net.transport", "ip_udp"),
        List.of(
            "span.network.protocol.version = \"2\"",
            "span.network.protocol.name = \"http\"",
            "span.network.transport = \"udp\""),
        List.of());
    span(
        CLIENT,
        List.of("gen_ai.system", "az.ai.openai", "gen_ai.usage.prompt_tokens", 120),
        List.of(
            "span.gen_ai.provider.name = \"azure.ai.openai\"",
            "span.gen_ai.usage.input_tokens > 100"),
        List.of("span.gen_ai.usage.input_tokens > 120"));
    for (String old : List.of("gemini", "gcp.gemini")) {
      span(
          CLIENT,
          List.of("gen_ai.provider.name", "gcp.gemini"),
          List.of("span.gen_ai.system = \"%s\"".formatted(old)),
          List.of(
              "span.gen_ai.system != \"%s\"".formatted(old),
              "span.gen_ai.system = \"gcp.vertex_ai\""));
    }
    span(
        CLIENT,
        List.of("gen_ai.provider.name", "x_ai"),
        List.of("span.gen_ai.system = \"xai\""),
        List.of("span.gen_ai.system = \"x_ai\""));
    span(
        PRODUCER,
        List.of("messaging.operation.type", "send"),
        List.of(
            "span.messaging.operation = \"publish\"",
            "span.messaging.operation = \"send\"",
            "span.messaging.operation.type = \"publish\"",
            ".messaging.operation =~ \"pub.*\""),
        List.of("span.messaging.operation != \"publish\"", "span.messaging.operation = nil"));
    span(
        PRODUCER,
        List.of("messaging.operation.type", "publish"),
        List.of(
            "span.messaging.operation.type = \"send\"", "span.messaging.operation = \"publish\""),
        List.of("span.messaging.operation.type != \"send\""));
    span(
        CONSUMER,
        List.of("messaging.operation.type", "deliver"),
        List.of("span.messaging.operation.type = \"process\""),
        List.of("span.messaging.operation.type = \"send\""));
    span(
        CLIENT,
        List.of("http.method", "PUT", "http.request.method", "PUT"),
        List.of("span.http.method = \"PUT\"", "span.http.request.method != \"GET\""),
        List.of("span.http.request.method != \"PUT\"", "span.http.method = nil"));
  }

  @BeforeAll
  static void store() throws Exception {
    SpanStore store = new SpanStore(engine.clickHouse(), new Random(9));
    TracesData.Builder traces = TracesData.newBuilder();
    for (int i = 0; i < PLAIN.size(); i++) {
      Rename rename = PLAIN.get(i);
      traces.addResourceSpans(trace(2 * i, CLIENT, List.of(keyed(rename.from()), "value-" + i)));
      traces.addResourceSpans(trace(2 * i + 1, CLIENT, List.of(keyed(rename.to()), "value-" + i)));
    }
    for (int i = 0; i < CASES.size(); i++) {
      traces.addResourceSpans(trace(idOfCase(i), CASES.get(i).kind, CASES.get(i).attributes));
    }
    traces.addResourceSpans(
        ResourceSpans.newBuilder()
            .setResource(
                Resource.newBuilder().addAttributes(attribute("deployment.environment", "prod")))
            .addScopeSpans(ScopeSpans.newBuilder().addSpans(span(9_999, CLIENT, List.of()))));
    store.put(traces.build());
  }

  private static int idOfCase(int index) {
    return 5_000 + index;
  }

  private static String keyed(String name) {
    return name.replace(".*", ".some.key");
  }

  private static ResourceSpans trace(int id, int kind, List<Object> attributes) {
    return ResourceSpans.newBuilder()
        .addScopeSpans(ScopeSpans.newBuilder().addSpans(span(id, kind, attributes)))
        .build();
  }

  private static Span span(int id, int kind, List<Object> attributes) {
    Span.Builder span =
        Span.newBuilder()
            .setTraceId(ByteString.copyFrom(ByteBuffer.allocate(16).putInt(12, id + 1).array()))
            .setSpanId(ByteString.copyFrom(ByteBuffer.allocate(8).putInt(4, id + 1).array()))
            .setKindValue(kind)
            .setStartTimeUnixNano(BEGIN + id)
            .setEndTimeUnixNano(BEGIN + id + 1);
    for (int i = 0; i < attributes.size(); i += 2) {
      span.addAttributes(attribute((String) attributes.get(i), attributes.get(i + 1)));
    }
    return span.build();
  }

  private static KeyValue attribute(String key, Object value) {
    AnyValue.Builder any = AnyValue.newBuilder();
    if (value instanceof Integer number) {
      any.setIntValue(number);
    } else {
      any.setStringValue(value.toString());
    }
    return KeyValue.newBuilder().setKey(key).setValue(any).build();
  }

  /// The ids of the traces found, in order.
  private static List<Integer> find(String traceQl) throws Exception {
    TraceQuery query =
        new TraceQuery(
            BEGIN - 1,
            BEGIN + 1_000_000,
            false,
            TraceQl.parse("{ %s }".formatted(traceQl)),
            0,
            Long.MAX_VALUE,
            TraceQuery.Order.SLOWEST,
            null,
            1_000,
            0);
    return search().find(query).traces().stream()
        .map(FoundTrace::summary)
        .map(trace -> Integer.parseInt(trace.traceId().substring(24), 16) - 1)
        .sorted()
        .toList();
  }

  private static TraceSearch search() {
    return new TraceSearch(engine.clickHouse(), QueryLimits.DEFAULT, InstantSource.system());
  }

  private static JsonNode rows(String sql) {
    byte[] json =
        new SqlQuerier(engine.clickHouse(), engine.repeated(), QueryLimits.DEFAULT)
            .answer(new SqlQuestion("flow_log", "", sql, Language.ENGLISH, false, ""))
            .json();
    JsonNode rows = new JsonMapper().readTree(json).path("result").path("values");
    assertThat(rows.isArray()).as("%s%n%s", sql, new String(json, StandardCharsets.UTF_8)).isTrue();
    return rows;
  }

  @Test
  void everyRenameIsFoundByBothOfItsNames() throws Exception {
    for (int begin = 0; begin < PLAIN.size(); begin += 32) {
      int end = Math.min(begin + 32, PLAIN.size());
      List<Integer> all = IntStream.range(2 * begin, 2 * end).boxed().toList();
      for (Function<Rename, String> name :
          List.<Function<Rename, String>>of(Rename::from, Rename::to)) {
        String condition =
            IntStream.range(begin, end)
                .mapToObj(
                    i -> "span.%s = \"value-%s\"".formatted(keyed(name.apply(PLAIN.get(i))), i))
                .collect(Collectors.joining(" || "));
        assertThat(find(condition)).as(condition).isEqualTo(all);
      }
    }
  }

  @Test
  void sqlHasTheValueByBothNames() {
    for (int i = 0; i < PLAIN.size(); i += 20) {
      for (String name : List.of(PLAIN.get(i).from(), PLAIN.get(i).to())) {
        String tag = "`attribute.%s`".formatted(keyed(name));
        String sql = "SELECT %s AS a FROM l7_flow_log WHERE %s = 'value-%s'".formatted(tag, tag, i);
        assertThat(rows(sql).size()).as(sql).isEqualTo(2);
      }
    }
  }

  @Test
  void whatChangedMoreThanItsNameIsFoundToo() throws Exception {
    for (int i = 0; i < CASES.size(); i++) {
      for (String condition : CASES.get(i).found) {
        assertThat(find(condition)).as(condition).contains(idOfCase(i));
      }
      for (String condition : CASES.get(i).not) {
        assertThat(find(condition)).as(condition).doesNotContain(idOfCase(i));
      }
    }
  }

  @Test
  void sqlConvertsValuesAndCountsNumbersByEitherName() {
    assertThat(
            rows(
                "SELECT `attribute.db.system.name` AS a FROM l7_flow_log WHERE `attribute.db.system` = 'mssql'"))
        .hasToString("[[\"microsoft.sql_server\"]]");
    assertThat(
            rows(
                "SELECT `attribute.rpc.status_code` AS a FROM l7_flow_log WHERE `attribute.rpc.service` = 'shop.Cart'"))
        .hasToString("[[\"NOT_FOUND\"]]");
    assertThat(rows("SELECT Max(`metrics.gen_ai.usage.input_tokens`) AS m FROM l7_flow_log"))
        .hasToString("[[120.0]]");
    assertThat(
            rows(
                "SELECT `attribute.client.address` AS a FROM l7_flow_log WHERE exist(`attribute.client.address`) AND `attribute.net.host.name` = 'me.example'"))
        .hasToString("[[\"caller.example\"]]");
  }

  @Test
  void sqlFindsANewValueByEachOfTheOldOnesAndShowsTheFirst() {
    String sql =
        "SELECT `attribute.messaging.operation` AS a FROM l7_flow_log WHERE `attribute.messaging.operation` ";
    assertThat(rows(sql + "= 'publish'")).hasSize(2);
    assertThat(rows(sql + "= 'send'")).hasToString("[[\"send\"]]");
    assertThat(
            rows(
                "SELECT `attribute.gen_ai.system` AS a FROM l7_flow_log WHERE `attribute.gen_ai.system` = 'gcp.gemini'"))
        .hasToString("[[\"gemini\"],[\"gemini\"]]");
  }

  /// A comparison holds when it holds under one of the names, a negated one when under all.
  @Test
  void sqlFindsWhatTheSearchFindsByAnyReading() {
    String sql =
        "SELECT `attribute.rpc.method` AS a FROM l7_flow_log WHERE `attribute.rpc.method` ";
    for (String old : List.of("= 'shop.Cart/Add'", "= 'Add'", "IN ('Add', 'x')", "LIKE 'Add*'")) {
      assertThat(rows(sql + old)).as(old).hasToString("[[\"shop.Cart/Add\"]]");
    }
    for (String stable : List.of("= 'shop.Till/Pay'", "= 'Pay'", "REGEXP '^Pay$'")) {
      assertThat(rows(sql + stable)).as(stable).hasToString("[[\"shop.Till/Pay\"]]");
    }
    assertThat(rows(sql + "= 'Drop'")).hasToString("[[\"shop.Bag/Drop\"]]");
    for (String negated : List.of("!= 'Add'", "NOT IN ('shop.Cart/Add')", "NOT LIKE 'Add'")) {
      assertThat(
              rows(
                  sql
                      + negated
                      + " AND exist(`attribute.rpc.method`) AND `attribute.rpc.method` != 'Drop'"))
          .as(negated)
          .hasToString("[[\"shop.Till/Pay\"]]");
    }
  }

  @Test
  void resourcesAreFoundByEitherName() throws Exception {
    for (String name : List.of("deployment.environment", "deployment.environment.name")) {
      for (String scope : List.of("resource.", ".")) {
        String condition = "%s%s = \"prod\"".formatted(scope, name);
        assertThat(find(condition)).as(condition).containsExactly(9_999);
      }
    }
  }

  @Test
  void listsTheValuesOfAllNames() throws Exception {
    TagSearch tags = new TagSearch(engine.clickHouse(), QueryLimits.DEFAULT, search());
    TagSearch.Range range = new TagSearch.Range(BEGIN - 1, BEGIN + 1_000_000);
    for (String name : List.of("http.method", "http.request.method")) {
      List<String> values =
          tags
              .values(new Field.Attribute(Field.Scope.SPAN, name), SpanCondition.ANY, range, 100)
              .items()
              .stream()
              .map(TagValue::value)
              .toList();
      assertThat(values).as(name).contains("PUT").hasSize(2);
    }
    assertThat(
            tags.values(
                    new Field.Attribute(Field.Scope.EITHER, "rpc.status_code"),
                    SpanCondition.ANY,
                    range,
                    100)
                .items())
        .containsAll(
            Arrays.asList(
                new TagValue("string", "NOT_FOUND"), new TagValue("string", "UNAVAILABLE")));
  }
}
