package deepflow.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CtlMainTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private HttpServer server = newServer();
  private int status = 200;
  private String answer = "{}";
  private String asked = "";

  private static HttpServer newServer() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void listen() {
    server.createContext(
        "/",
        exchange -> {
          asked =
              exchange.getRequestURI()
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private int run(String... arguments) {
    return CtlMain.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        arguments);
  }

  private String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  @Test
  void alignsColumnsWhateverTheScript() {
    answer =
        """
        {"OPT_STATUS":"SUCCESS","DESCRIPTION":"","result":{"columns":["服务","c","x"],
        "values":[["购物车",812,null],["cart\\u001b[31m",3,"a"]],
        "schemas":[{"value_type":"String"},{"value_type":"UInt64"},{"value_type":"Nullable(String)"}]}}
        """;

    int code = run("query", "SELECT `服务`", "--db", "flow_log", "--server", address());

    assertThat(code).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "服务              c  x", "购物车          812  NULL", "cart\\u001b[31m    3  a");
    assertThat(asked).startsWith("/v1/query/ db=flow_log&sql=SELECT+%60%E6%9C%8D%E5%8A%A1%60");
  }

  @Test
  void showsTheLedgerAsATable() {
    answer =
        """
        {"by":"service","columns":["service","stored","expired"],
        "schemas":[{"value_type":"String"},{"value_type":"Int64"},{"value_type":"Int64"}],
        "values":[["shop",1200,3]]}
        """;

    int code = run("ledger", "--by", "service", "--server", address());

    assertThat(code).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("service  stored  expired", "shop       1200        3");
    assertThat(asked).startsWith("/v1/ledger?by=service ");
  }

  @Test
  void asksForTheLedgerByStepsAndSetsRetention() {
    run("ledger", "--step", "1m", "--server", address());
    assertThat(asked).startsWith("/v1/ledger?by=agent&step=1m ");

    answer =
        """
        {"OPT_STATUS":"SUCCESS","DESCRIPTION":"","DATA":{"RULES":["30d status = error"],"OTHERWISE":"3d","METRICS_1S":"36h","METRICS_1M":"30d","SERVICE_GRAPH":"7d","CHOSEN":true}}
        """;
    int code =
        run("retention", "set", "30d status = error", "--otherwise", "3d", "--server", address());

    assertThat(code).isZero();
    assertThat(asked)
        .isEqualTo("/v1/retention {\"rules\":[\"30d status = error\"],\"otherwise\":\"3d\"}");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .endsWith(
            """
            30d status = error
            3d otherwise
            36h metrics by seconds
            30d metrics by minutes
            7d service graph
            """);
  }

  @Test
  void setsHowLongOneTableIsKeptAndLeavesTheRulesAlone() {
    run("retention", "set", "--metrics-1m", "30d", "--server", address());
    assertThat(asked).isEqualTo("/v1/retention {\"metrics_1m\":\"30d\"}");

    run("retention", "set", "--metrics-1s=36h", "--service-graph=9d", "--server", address());
    assertThat(asked).isEqualTo("/v1/retention {\"metrics_1s\":\"36h\",\"service_graph\":\"9d\"}");

    run("retention", "set", "--no-rules", "--server", address());
    assertThat(asked).isEqualTo("/v1/retention {\"rules\":[]}");
  }

  @Test
  void rulesAndNoRulesAreNotSetAtOnce() {
    int code = run("retention", "set", "30d status = error", "--no-rules", "--server", address());

    assertThat(code).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--no-rules");
  }

  @Test
  void showsATraceAsATreeWithItsDetachedSpans() {
    answer =
        """
        {"trace":{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
        "scopeSpans":[{"spans":[
        {"spanId":"Yg==","parentSpanId":"YQ==","name":"SELECT","kind":"SPAN_KIND_CLIENT","startTimeUnixNano":"1700000000002000000","endTimeUnixNano":"1700000000003500000","status":{"code":"STATUS_CODE_ERROR"}},
        {"spanId":"YQ==","name":"GET /","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000010000000","status":{}},
        {"spanId":"Yw==","parentSpanId":"eg==","name":"late","startTimeUnixNano":"1700000000004000000","endTimeUnixNano":"1700000000004000001"}]}]}]},
        "status":"PARTIAL","message":"the first 3"}
        """;

    int code = run("trace", "4BF9", "--server", "http://" + address() + "/");

    assertThat(code).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "START ms  DURATION ms  SERVICE  KIND    STATUS  SPAN",
            "   0.000       10.000  shop     SERVER          GET /",
            "   2.000        1.500  shop     CLIENT  ERROR     SELECT",
            "   4.000        0.000  shop                     late");
    assertThat(asked).startsWith("/api/v2/traces/4BF9");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("the first 3");
  }

  @Test
  void saysWhatTheServerRefusedOnTheErrorStreamAndExitsWith1() {
    status = 400;
    answer = "{\"OPT_STATUS\":\"INVALID_POST_DATA\",\"DESCRIPTION\":\"no tag is called 'x'\"}";

    int code = run("query", "SELECT x FROM l7_flow_log", "--server", address());

    assertThat(code).isEqualTo(1);
    assertThat(out.size()).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualToNormalizingNewlines("deepflow-ctl: no tag is called 'x'\n");
  }

  @Test
  void exitsWith3WhenNobodyListens() {
    server.stop(0);

    int code = run("trace", "1", "--server", address());

    assertThat(code).isEqualTo(3);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(address(), "--server");
    server = newServer();
  }

  @Test
  void exitsWith2WhenTheCommandLineIsWrong() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("tarce", "1")).isEqualTo(2);
    assertThat(run("query")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("missing command", "tarce");
  }

  @Test
  void explainsItself() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("trace", "query", "--server");
  }
}
