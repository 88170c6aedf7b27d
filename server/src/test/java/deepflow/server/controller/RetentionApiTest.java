package deepflow.server.controller;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import deepflow.server.http.HttpServer;
import deepflow.server.http.LoopbackServer;
import deepflow.server.http.Routes;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.RetentionSetting;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RetentionApiTest {
  private static final JsonMapper JSON = new JsonMapper();

  @RegisterExtension static final Engine ENGINE = new Engine();

  private final HttpClient client = HttpClient.newHttpClient();
  private HttpServer server;

  @BeforeAll
  void start() throws Exception {
    open();
  }

  @BeforeEach
  void forget() throws Exception {
    ENGINE.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.retention_rules"));
  }

  private void open() throws Exception {
    Lifetimes configured = Lifetimes.of(Duration.ofDays(3));
    StoreConfig config = StoreConfig.single(configured);
    Store.open(ENGINE.clickHouse(), config, InstantSource.system(), new Random(3));
    Routes routes = new Routes();
    new RetentionApi(new RetentionSetting(ENGINE.clickHouse(), configured)).publish(routes);
    server = LoopbackServer.of(routes);
  }

  @AfterAll
  void stop() {
    server.close();
    client.close();
  }

  private JsonNode retention(String method, String body) throws Exception {
    URI uri = URI.create("http://127.0.0.1:%s/v1/retention".formatted(server.address().getPort()));
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private static final String KEPT =
      "{\"RULES\":[%s],\"OTHERWISE\":\"%s\",\"METRICS_1S\":\"%s\",\"METRICS_1M\":\"%s\",\"SERVICE_GRAPH\":\"%s\",\"CHOSEN\":%s}";

  @Test
  void ofEachTableIsChosenWhileItRunsAndStaysWhereNothingIsSaid() throws Exception {
    String configured = KEPT.formatted("", "3d", "1d", "7d", "7d", "false");
    assertThat(retained("GET", "")).isEqualTo(configured);

    assertThat(retained("PUT", "{\"metrics_1s\":\"36h\",\"metrics_1m\":\"30d\"}"))
        .isEqualTo(KEPT.formatted("", "3d", "36h", "30d", "7d", "true"));
    assertThat(retained("PUT", "{\"rules\":[\"30d status=error\"],\"otherwise\":\"12h\"}"))
        .isEqualTo(KEPT.formatted("\"30d status = error\"", "12h", "36h", "30d", "7d", "true"));
    String chosen = KEPT.formatted("\"30d status = error\"", "12h", "36h", "30d", "1h", "true");
    assertThat(retained("PUT", "{\"service_graph\":\"1h\"}")).isEqualTo(chosen);

    server.close();
    ENGINE.reopen();
    open();
    assertThat(retained("GET", "")).as("after a restart").isEqualTo(chosen);
    assertThat(retained("DELETE", "")).isEqualTo(configured);
  }

  private String retained(String method, String body) throws Exception {
    return retention(method, body).path("DATA").toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {}                              | one or more of rules, otherwise, metrics_1s, metrics_1m, service_graph
          {"metric_1s":"3d"}              | one or more of rules, otherwise, metrics_1s, metrics_1m, service_graph, not metric_1s
          []                              | must be a JSON object
          {"rules":"30d status = error"}  | rules must be a list
          {"rules":["30d colour = red"]}  | at character 5 of '30d colour = red'
          {"rules":[],"otherwise":"soon"} | otherwise is a duration such as 3d, 12h or 30m, not "soon"
          {"otherwise":"0m"}              | spans are kept between 1m and 3650d, not 0d
          {"metrics_1s":7}                | metrics_1s is a duration such as 3d, 12h or 30m, not 7
          {"metrics_1s":"59m"}            | metrics by seconds are kept between 1h and 3650d, not 59m
          {"metrics_1m":"30m"}            | metrics by minutes are kept between 1h and 3650d, not 30m
          {"service_graph":"3651d"}       | the service graph is kept between 1h and 3650d, not 3651d
          """)
  void whatCanNotBeIsRefusedWithWhatAndWhere(String body, String message) throws Exception {
    JsonNode refused = retention("PUT", body);

    assertThat(refused.path("OPT_STATUS").asString()).isEqualTo("INVALID_POST_DATA");
    assertThat(refused.path("DESCRIPTION").asString()).contains(message);
    assertThat(retention("GET", "").path("DATA").path("CHOSEN").asBoolean()).isFalse();
  }
}
