package deepflow.server.ingester.decode;

import static deepflow.server.ingester.decode.CanonicalColumns.span;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.storage.Engine;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What DeepFlow's columns say of a span, by old names, by new ones, and by both.
class CanonicalColumnsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static CanonicalColumns columns;

  @BeforeAll
  static void open() throws Exception {
    columns = new CanonicalColumns(engine.clickHouse());
  }

  private static String row(Span.Builder span, String names) throws Exception {
    return columns.of(span, names);
  }

  private static final String HTTP =
      """
      l7_protocol
      is_tls
      version
      request_type
      request_domain
      request_resource
      ifNull(response_code, -1)
      response_status
      response_exception
      ifNull(request_length, -1)
      server_port\
      """;

  @Test
  void readsHttpByItsNewNames() throws Exception {
    Span.Builder span =
        span(
            SpanKind.SPAN_KIND_CLIENT,
            "http.request.method",
            "POST",
            "url.full",
            "https://shop.example:8443/cart/7?x=1#top",
            "server.address",
            "shop.example",
            "server.port",
            8443,
            "network.protocol.version",
            "2",
            "http.request.body.size",
            12,
            "http.response.status_code",
            503);

    assertThat(row(span, HTTP))
        .isEqualTo("21|1|2|POST|shop.example|/cart/7|503|3|Service Unavailable|12|8443");
  }

  @Test
  void readsHttpByItsOldNames() throws Exception {
    Span.Builder span =
        span(
            SpanKind.SPAN_KIND_SERVER,
            "http.method",
            "GET",
            "http.target",
            "/search?q=a",
            "http.scheme",
            "http",
            "http.host",
            "shop:80",
            "http.flavor",
            "1.1",
            "http.status_code",
            "404",
            "http.request_content_length",
            5,
            "net.host.port",
            80);

    assertThat(row(span, HTTP)).isEqualTo("20|0|1.1|GET|shop|/search?q=a|404|4|Not Found|5|80");
  }

  @Test
  void believesTheNewNameWhereBothAreThere() throws Exception {
    Span.Builder span =
        span(
            SpanKind.SPAN_KIND_SERVER,
            "http.request.method",
            "PUT",
            "http.method",
            "OLD",
            "http.target",
            "/old",
            "url.path",
            "/new",
            "url.query",
            "a=b",
            "http.status_code",
            500,
            "http.response.status_code",
            200);

    assertThat(row(span, HTTP)).isEqualTo("20|0||PUT||/new?a=b|200|0||-1|0");
  }

  @Test
  void isTlsByTheSchemeElseByTheUrlWhicheverNameItHas() throws Exception {
    for (String name : List.of("url.full", "http.url")) {
      assertThat(row(span(SpanKind.SPAN_KIND_CLIENT, name, "https://api/x"), "is_tls"))
          .as(name)
          .isEqualTo("1");
      assertThat(row(span(SpanKind.SPAN_KIND_CLIENT, name, "http://api/https:"), "is_tls"))
          .as(name)
          .isEqualTo("0");
    }
    for (String name : List.of("url.scheme", "http.scheme")) {
      String http = row(span(SpanKind.SPAN_KIND_CLIENT, name, "http"), "is_tls");
      String https = row(span(SpanKind.SPAN_KIND_CLIENT, name, "https"), "is_tls");
      assertThat(http + https).as(name).isEqualTo("01");
    }
  }

  private static final String ALL =
      """
      l7_protocol
      is_tls
      version
      protocol
      request_type
      request_domain
      request_resource
      peer_type
      peer
      server_port\
      """;

  private static void assertAlike(Map<String, Object> old, Map<String, Object> now)
      throws Exception {
    for (SpanKind kind :
        List.of(
            SpanKind.SPAN_KIND_CLIENT, SpanKind.SPAN_KIND_PRODUCER, SpanKind.SPAN_KIND_SERVER)) {
      assertThat(row(span(kind, flat(old)), ALL))
          .as("%s %s", kind, old)
          .isEqualTo(row(span(kind, flat(now)), ALL));
    }
  }

  private static Object[] flat(Map<String, Object> attributes) {
    return attributes.entrySet().stream()
        .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
        .toArray();
  }

  @Test
  void saysTheSameOfASpanWithOldNamesAndValuesAndOfOneWithNewOnes() throws Exception {
    Map<String, String> databases =
        Map.of(
            "mssql", "microsoft.sql_server",
            "h2", "h2database",
            "oracle", "oracle.db",
            "dynamodb", "aws.dynamodb",
            "db2", "ibm.db2",
            "redshift", "aws.redshift",
            "spanner", "gcp.spanner",
            "postgresql", "postgresql");
    for (Map.Entry<String, String> one : databases.entrySet()) {
      assertAlike(
          Map.of("db.system", one.getKey(), "db.name", "orders"),
          Map.of("db.system.name", one.getValue(), "db.namespace", "orders"));
    }
    assertAlike(
        Map.of("db.system", "redis", "db.redis.database_index", 2, "server.address", "cache"),
        Map.of("db.system.name", "redis", "db.namespace", "2", "server.address", "cache"));
    assertAlike(
        Map.of("messaging.system", "kafka", "messaging.operation", "publish"),
        Map.of("messaging.system", "kafka", "messaging.operation.type", "send"));
    assertAlike(
        Map.of("messaging.system", "kafka", "messaging.operation", "deliver"),
        Map.of("messaging.system", "kafka", "messaging.operation.type", "process"));
    assertAlike(
        Map.of("messaging.system", "kafka", "messaging.operation.type", "publish"),
        Map.of("messaging.system", "kafka", "messaging.operation.type", "send"));
    assertAlike(
        Map.of("messaging.system", "kafka", "messaging.operation.type", "deliver"),
        Map.of("messaging.system", "kafka", "messaging.operation.type", "process"));
    assertAlike(
        Map.of("rpc.system", "apache_dubbo", "rpc.method", "Add"),
        Map.of("rpc.system.name", "dubbo", "rpc.method", "Add"));
    assertAlike(
        Map.of("http.method", "GET", "http.flavor", "2.0", "http.scheme", "https"),
        Map.of(
            "http.request.method", "GET", "network.protocol.version", "2", "url.scheme", "https"));
    assertAlike(
        Map.of("http.method", "GET", "net.transport", "ip_udp"),
        Map.of("http.request.method", "GET", "network.transport", "udp"));
  }

  @Test
  void takesOfAHostHeaderTheHostAsTheNewNameDoes() throws Exception {
    Map<String, String> hosts =
        Map.of(
            "shop:80", "shop",
            "shop", "shop",
            "10.1.1.2:8080", "10.1.1.2",
            "[2001:db8::7]:8080", "2001:db8::7",
            "[::1]", "::1");
    for (Map.Entry<String, String> one : hosts.entrySet()) {
      assertAlike(
          Map.of("http.method", "GET", "http.host", one.getKey()),
          Map.of("http.request.method", "GET", "server.address", one.getValue()));
    }
  }

  @Test
  void aConnectionStringNamesTheServerAndItsPort() throws Exception {
    Map<String, String> servers =
        Map.of(
            "jdbc:sqlserver://db.example:1433/x", "1433|microsoft.sql_server/db.example",
            "jdbc:sqlserver://db.example:1433;user=sa;password=se@cret",
                "1433|microsoft.sql_server/db.example",
            "mongodb://me:se@cret@db-1:27017,db-2:27018/x?a=b:5", "27017|microsoft.sql_server/db-1",
            "jdbc:oracle:thin:@db.example:1521:orcl", "1521|microsoft.sql_server/db.example",
            "redis://:secret@[2001:db8::7]:6379/0", "6379|microsoft.sql_server/2001:db8::7",
            "postgresql://db.example/x", "0|microsoft.sql_server/db.example");
    for (Map.Entry<String, String> one : servers.entrySet()) {
      assertThat(ofConnection(one.getKey())).as(one.getKey()).isEqualTo(one.getValue());
    }
  }

  @Test
  void aConnectionStringThatNamesNoServerGivesAwayNothing() throws Exception {
    for (String unknown :
        List.of(
            "Server=db.example,1433;User Id=sa;Password=secret",
            "Password=secret//1;Server=db.example",
            "me:secret@tcp(db.example:3306)/x",
            "me:secret",
            "jdbc:h2:mem:test",
            "")) {
      assertThat(ofConnection(unknown)).as(unknown).isEqualTo("0|microsoft.sql_server");
    }
  }

  private static String ofConnection(String connection) throws Exception {
    return row(
        span(SpanKind.SPAN_KIND_CLIENT, "db.system", "mssql", "db.connection_string", connection),
        "server_port\npeer");
  }

  @Test
  void thePortThatASpanSaysCountsMoreThanThatOfItsConnectionString() throws Exception {
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_CLIENT,
                    "db.connection_string",
                    "jdbc:mysql://db.example:3306/x",
                    "net.peer.port",
                    3307),
                "server_port"))
        .isEqualTo("3307");
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_SERVER,
                    "db.connection_string",
                    "jdbc:mysql://db.example:3306/x"),
                "server_port"))
        .isEqualTo("0");
  }

  @Test
  void readsDatabases() throws Exception {
    String columns = "l7_protocol\nrequest_type\nrequest_resource\nresponse_status";
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_CLIENT,
                    "db.system.name",
                    "postgresql",
                    "db.operation.name",
                    "SELECT",
                    "db.query.text",
                    "SELECT 1"),
                columns))
        .isEqualTo("61|SELECT|SELECT 1|0");
    assertThat(
            row(
                span(
                        SpanKind.SPAN_KIND_CLIENT,
                        "db.system",
                        "MariaDB",
                        "db.operation",
                        "INSERT",
                        "db.statement",
                        "INSERT 1")
                    .setStatus(
                        Status.newBuilder()
                            .setCode(StatusCode.STATUS_CODE_ERROR)
                            .setMessage("dead")),
                columns + "\nresponse_exception"))
        .isEqualTo("60|INSERT|INSERT 1|3|dead");
  }

  @Test
  void readsGrpcByNumberAndByName() throws Exception {
    String columns =
        "l7_protocol\nrequest_type\nrequest_resource\nifNull(response_code, -1)\nresponse_status";
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_CLIENT,
                    "rpc.system",
                    "grpc",
                    "rpc.service",
                    "shop.Cart",
                    "rpc.method",
                    "Add",
                    "rpc.grpc.status_code",
                    5),
                columns))
        .isEqualTo("41|Add|shop.Cart|5|4");
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_SERVER,
                    "rpc.system.name",
                    "grpc",
                    "rpc.method",
                    "shop.Cart/Add",
                    "rpc.status_code",
                    "UNAVAILABLE"),
                columns))
        .isEqualTo("41|Add|shop.Cart|14|3");
  }

  @Test
  void readsMessagingGenAiFunctionsAndJsonRpc() throws Exception {
    String columns =
        "l7_protocol\nrequest_type\nrequest_resource\nifNull(response_code, -1)\nresponse_status";
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_PRODUCER,
                    "messaging.system",
                    "kafka",
                    "messaging.operation",
                    "publish",
                    "messaging.destination",
                    "orders"),
                columns))
        .isEqualTo("100|send|orders|-1|0");
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_CLIENT,
                    "gen_ai.system",
                    "openai",
                    "gen_ai.operation.name",
                    "chat",
                    "gen_ai.request.model",
                    "gpt-9"),
                columns))
        .isEqualTo("0|chat|gpt-9|-1|0");
    assertThat(
            row(
                span(SpanKind.SPAN_KIND_SERVER, "faas.trigger", "timer", "faas.name", "nightly"),
                columns))
        .isEqualTo("0|timer|nightly|-1|0");
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_SERVER,
                    "rpc.system",
                    "jsonrpc",
                    "rpc.method",
                    "add",
                    "rpc.jsonrpc.error_code",
                    -32601),
                columns))
        .isEqualTo("0|add||-32601|4");
  }

  @Test
  void putsTheHostOnItsOwnSideAndThePeerOnTheOther() throws Exception {
    String columns = "ip_0\nip_1\nis_ipv4\nserver_port\nclient_port";
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_CLIENT,
                    "network.peer.address",
                    "10.2.2.2",
                    "net.peer.ip",
                    "9.9.9.9",
                    "network.peer.port",
                    5432),
                columns))
        .isEqualTo("::ffff:10.1.1.1|::ffff:10.2.2.2|1|5432|0");
    assertThat(
            row(
                span(
                    SpanKind.SPAN_KIND_SERVER,
                    "net.peer.ip",
                    "10.2.2.2",
                    "net.peer.port",
                    40000,
                    "server.port",
                    "8080"),
                columns))
        .isEqualTo("::ffff:10.2.2.2|::ffff:10.1.1.1|1|8080|40000");
  }

  @Test
  void judgesASpanWithoutAnyProtocolByItsStatus() throws Exception {
    String columns =
        "l7_protocol\nresponse_status\nifNull(response_code, -1)\ndictGet('deepflow.label_names', 'pod_group', label_id)";
    assertThat(row(span(SpanKind.SPAN_KIND_INTERNAL), columns)).isEqualTo("0|0|-1|shop");
    assertThat(
            row(
                span(SpanKind.SPAN_KIND_INTERNAL)
                    .setStatus(Status.newBuilder().setCode(StatusCode.STATUS_CODE_ERROR)),
                columns))
        .isEqualTo("0|3|-1|shop");
    assertThat(
            row(
                span(SpanKind.SPAN_KIND_INTERNAL).setStatus(Status.newBuilder().setCodeValue(77)),
                columns))
        .isEqualTo("0|5|-1|shop");
  }

  @Test
  void refusesSpansWithWrongIdsAndKeepsTheOthers() throws Exception {
    var good = span(SpanKind.SPAN_KIND_CLIENT).setTraceId(bytes(16)).setSpanId(bytes(8));
    var noTrace = span(SpanKind.SPAN_KIND_CLIENT).setTraceId(bytes(15)).setSpanId(bytes(8));
    var noSpan = span(SpanKind.SPAN_KIND_CLIENT).setTraceId(bytes(16));
    var badParent = good.clone().setParentSpanId(bytes(3));
    byte[] request =
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .addScopeSpans(
                        ScopeSpans.newBuilder()
                            .addSpans(noTrace)
                            .addSpans(good)
                            .addSpans(noSpan)
                            .addSpans(badParent)))
            .build()
            .toByteArray();
    var batch = new Batch(new Identity(2, 2), 1, 1);
    var draft = new Draft(LabelSnapshot::empty);
    draft.begin(batch);
    draft.add(request, 0, request.length, new byte[16], HostAdded.NONE);
    var block = new StoredBlock();
    var encoder = new SpanEncoder();
    encoder.encode(draft, block);

    assertThat(block.spans().block().rows()).isOne();
    assertThat(batch.spans()).isOne();
    assertThat(batch.refusedSpans()).isEqualTo(3);
    assertThat(encoder.refused())
        .containsOnlyKeys(SpanRefusal.TRACE_ID, SpanRefusal.SPAN_ID, SpanRefusal.PARENT_SPAN_ID);
  }

  private static ByteString bytes(int count) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) 7);
    return ByteString.copyFrom(bytes);
  }
}
