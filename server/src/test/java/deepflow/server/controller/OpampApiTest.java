package deepflow.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.Query;
import deepflow.server.http.HttpServer;
import deepflow.server.http.LoopbackServer;
import deepflow.server.http.Routes;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.control.AgentDescription;
import deepflow.wire.control.AgentToServer;
import deepflow.wire.control.ConfigStatus;
import deepflow.wire.control.ServerToAgent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OpampApiTest {
  private static final String UID = "000102030405060708090a0b0c0d0e0f";

  @RegisterExtension static final Engine ENGINE = new Engine();

  private final HttpClient client = HttpClient.newHttpClient();
  private Controller controller;
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    Store.open(
        ENGINE.clickHouse(),
        StoreConfig.single(Duration.ofDays(3)),
        InstantSource.system(),
        new Random(3));
    ENGINE.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.agents"));
    ENGINE.clickHouse().execute(Query.of("TRUNCATE TABLE deepflow.agent_groups"));
    controller = Controller.open(ENGINE.clickHouse(), InstantSource.system());
    Routes routes = new Routes();
    new OpampApi(controller).publish(routes);
    new GroupsApi(controller).publish(routes);
    server = LoopbackServer.of(routes);
  }

  @AfterEach
  void stop() {
    server.close();
    client.close();
  }

  private URI uri(String scheme, String path) {
    return URI.create("%s://127.0.0.1:%s%s".formatted(scheme, server.address().getPort(), path));
  }

  private static byte[] message(long sequence, ConfigStatus status) {
    return new AgentToServer(
            UID,
            sequence,
            AgentToServer.REPORTS_STATUS | AgentToServer.ACCEPTS_REMOTE_CONFIG,
            new AgentDescription(Map.of("service.name", "otelcol"), Map.of("host.name", "a")),
            null,
            "receivers: {}",
            status,
            false)
        .encode();
  }

  private HttpResponse<byte[]> post(byte[] body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri("http", "/v1/opamp"))
            .header("Content-Type", "application/x-protobuf")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  @Test
  void answersOverHttp() throws Exception {
    HttpResponse<byte[]> response = post(message(1, ConfigStatus.NONE));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("application/x-protobuf");
    assertThat(ServerToAgent.decode(response.body())).isEqualTo(ServerToAgent.nothing(UID));
    assertThat(controller.agents().getFirst().report())
        .isNotNull()
        .extracting(AgentReport::address)
        .isEqualTo("127.0.0.1");
  }

  @Test
  void takesGzip() throws Exception {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(message(1, ConfigStatus.NONE));
    }

    assertThat(post(zipped.toByteArray(), "Content-Encoding", "gzip").statusCode()).isEqualTo(200);
    assertThat(controller.agents()).hasSize(1);
  }

  @Test
  void refusesWhatIsNoMessage() throws Exception {
    assertThat(post(new byte[] {10, 1, 0}).statusCode()).isEqualTo(400);
    assertThat(post(new byte[10], "Content-Encoding", "gzip").statusCode()).isEqualTo(400);
    HttpRequest get = HttpRequest.newBuilder(uri("http", "/v1/opamp")).build();
    assertThat(client.send(get, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
    assertThat(controller.agents()).isEmpty();
  }

  @Test
  void pushesANewConfigurationOverAWebSocket() throws Exception {
    Listener listener = new Listener();
    WebSocket socket =
        client.newWebSocketBuilder().buildAsync(uri("ws", "/v1/opamp"), listener).join();
    socket.sendBinary(headed(message(1, ConfigStatus.NONE)), true).join();
    assertThat(listener.next()).isEqualTo(ServerToAgent.nothing(UID));

    controller.configure("default", "collector: {exporters: {debug: {}}}\n");

    ServerToAgent.RemoteConfig pushed = listener.next().config();
    assertThat(pushed).isNotNull();
    assertThat(pushed.yaml()).contains("debug");
    socket.sendBinary(headed(message(2, ConfigStatus.applied(pushed.revision()))), true).join();
    assertThat(listener.next()).isEqualTo(ServerToAgent.nothing(UID));
    assertThat(controller.agents().getFirst().upToDate()).isTrue();

    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    for (int i = 0; i < 2000 && isHere(); i++) {
      Thread.sleep(10);
    }
    assertThat(isHere()).isFalse();
  }

  @Test
  void turnsAPageOfABrowserAway() {
    assertThatThrownBy(() ->
            client
                .newWebSocketBuilder()
                .header("Origin", "http://127.0.0.1:" + server.address().getPort())
                .buildAsync(uri("ws", "/v1/opamp"), new Listener())
                .join())
        .rootCause()
        .hasMessageContaining("403");
  }

  private boolean isHere() {
    return controller.agents().getFirst().state() != AgentState.LOST;
  }

  private static ByteBuffer headed(byte[] message) {
    return ByteBuffer.allocate(message.length + 1).put((byte) 0).put(message).flip();
  }

  private static final class Listener implements WebSocket.Listener {
    private final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream part = new ByteArrayOutputStream();

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      byte[] bytes = new byte[data.remaining()];
      data.get(bytes);
      part.writeBytes(bytes);
      if (last) {
        messages.add(part.toByteArray());
        part.reset();
      }
      socket.request(1);
      return null;
    }

    ServerToAgent next() throws Exception {
      byte[] message = messages.poll(20, TimeUnit.SECONDS);
      if (message == null || message[0] != 0) {
        throw new IOException("no message with a header came");
      }
      byte[] body = new byte[message.length - 1];
      System.arraycopy(message, 1, body, 0, body.length);
      return ServerToAgent.decode(body);
    }
  }
}
