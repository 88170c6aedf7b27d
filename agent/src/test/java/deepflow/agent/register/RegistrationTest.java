package deepflow.agent.register;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import deepflow.wire.control.AgentDescription;
import deepflow.wire.control.AgentToServer;
import deepflow.wire.control.ComponentHealth;
import deepflow.wire.control.ConfigStatus;
import deepflow.wire.control.GroupConfig;
import deepflow.wire.control.ServerToAgent;
import deepflow.wire.control.ServerToAgent.RemoteConfig;
import deepflow.wire.otlp.MalformedProtobufException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistrationTest {
  private static final String UID = "000102030405060708090a0b0c0d0e0f";

  @TempDir private Path data = Path.of("");

  private final BlockingQueue<AgentToServer> messages = new LinkedBlockingQueue<>();
  private final BlockingQueue<GroupConfig> obeyed = new LinkedBlockingQueue<>();
  private volatile @Nullable RemoteConfig offered;
  private volatile boolean reportFullState;
  private HttpServer controller = newController();

  private static HttpServer newController() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void listen() {
    controller.createContext("/v1/opamp", this::answer);
    controller.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try {
      AgentToServer message = AgentToServer.decode(exchange.getRequestBody().readAllBytes());
      messages.add(message);
      byte[] answer =
          new ServerToAgent(message.instanceUid(), null, offered, reportFullState).encode();
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    } catch (MalformedProtobufException e) {
      exchange.sendResponseHeaders(400, -1);
    } finally {
      exchange.close();
    }
  }

  @AfterEach
  void stop() {
    controller.stop(0);
  }

  private URI uri() {
    return URI.create("http://127.0.0.1:%s/v1/opamp".formatted(controller.getAddress().getPort()));
  }

  private Registration start() {
    Managed agent =
        new Managed() {
          @Override
          public void obey(GroupConfig config) {
            obeyed.add(config);
          }

          @Override
          public ComponentHealth health() {
            return ComponentHealth.of(true, "", "");
          }
        };
    return Registration.start(
        uri(),
        UID,
        new AgentDescription(Map.of("service.name", "deepflow-agent"), Map.of()),
        KeptConfig.load(data),
        agent);
  }

  private AgentToServer message() throws InterruptedException {
    AgentToServer message = messages.poll(20, TimeUnit.SECONDS);
    assertThat(message).as("a message").isNotNull();
    return message;
  }

  @Test
  void saysAllAtFirstAndThenWhatChanged() throws Exception {
    try (Registration _ = start()) {
      AgentToServer first = message();

      assertThat(first.instanceUid()).isEqualTo(UID);
      assertThat(first.description()).isNotNull();
      assertThat(first.configStatus()).isEqualTo(ConfigStatus.NONE);
      assertThat(first.can(AgentToServer.ACCEPTS_REMOTE_CONFIG)).isTrue();
    }
    AgentToServer last = message();
    assertThat(last.disconnect()).isTrue();
    assertThat(last.description()).isNull();
  }

  @Test
  void saysAllAgainWhenAsked() throws Exception {
    reportFullState = true;
    try (Registration _ = start()) {
      assertThat(message().description()).isNotNull();
      assertThat(message().description()).isNotNull();
    }
  }

  @Test
  void appliesAConfigurationAtOnceAndSaysSo() throws Exception {
    offered = new RemoteConfig("inputs: {integration: {enabled: false}}\n", "0123456789ab");
    try (Registration _ = start()) {
      message();

      assertThat(message().configStatus()).isEqualTo(ConfigStatus.applied("0123456789ab"));
      assertThat(obeyed.take().intake()).isFalse();
    }
    assertThat(KeptConfig.load(data).config().intake()).isFalse();
  }

  @Test
  void keepsWhatItHasWhenANewConfigurationCantBeUsed() throws Exception {
    KeptConfig.load(data)
        .replace(new RemoteConfig("inputs: {integration: {enabled: false}}\n", "old"));
    offered = new RemoteConfig("inputs: {integration: {enabled: perhaps}}\n", "new");
    try (Registration _ = start()) {
      assertThat(message().configStatus()).isEqualTo(ConfigStatus.applied("old"));
      ConfigStatus status = message().configStatus();

      assertThat(status).isNotNull();
      assertThat(status.state()).isEqualTo(ConfigStatus.State.FAILED);
      assertThat(status.revision()).isEqualTo("new");
      assertThat(status.error()).contains("inputs.integration.enabled is 'perhaps'");
      assertThat(obeyed.take().intake()).isFalse();
    }
    assertThat(KeptConfig.load(data).status()).isEqualTo(ConfigStatus.applied("old"));
  }

  @Test
  void writesAConfigurationThatTheDiskHadNoRoomForAsSoonAsItHas() throws Exception {
    Path obstacle = data.resolve(KeptConfig.FILE + ".new");
    Files.createDirectory(obstacle);
    reportFullState = true; // it asks again at once
    offered = new RemoteConfig("inputs: {integration: {enabled: false}}\n", "0123456789ab");
    try (Registration _ = start()) {
      awaitState(ConfigStatus.State.FAILED);
      assertThat(obeyed.take().intake()).isFalse();
      assertThat(KeptConfig.load(data).config().intake()).isTrue();

      offered = null; // a controller offers nothing twice
      Files.delete(obstacle);
      awaitState(ConfigStatus.State.APPLIED);
    }
    KeptConfig kept = KeptConfig.load(data);
    assertThat(kept.config().intake()).isFalse();
    assertThat(kept.status()).isEqualTo(ConfigStatus.applied("0123456789ab"));
  }

  private void awaitState(ConfigStatus.State state) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    ConfigStatus status = message().configStatus();
    while (status == null || status.state() != state) {
      assertThat(System.nanoTime()).as("still %s", status).isLessThan(deadline);
      status = message().configStatus();
    }
  }

  @Test
  void goesOnByItsLastConfigurationWhileTheControllerIsAway() {
    controller.stop(0);
    KeptConfig.load(data)
        .replace(new RemoteConfig("global: {communication: {sync: 1}}\n", "refused"));
    KeptConfig.load(data)
        .replace(new RemoteConfig("inputs: {integration: {enabled: false}}\n", "old"));
    try (Registration _ = start()) {
      assertThat(KeptConfig.load(data).config().intake()).isFalse();
      assertThat(obeyed).isEmpty();
    }
    controller = newController();
  }

  @Test
  void takesADamagedFileForNone() throws Exception {
    Files.writeString(data.resolve(KeptConfig.FILE), "inputs: {integration: {enabled: false}}\n");

    KeptConfig kept = KeptConfig.load(data);

    assertThat(kept.config()).isEqualTo(GroupConfig.DEFAULT);
    assertThat(kept.status()).isEqualTo(ConfigStatus.NONE);
  }

  @Test
  void findsTheControllerOnTheServersHostUnlessToldOtherwise() {
    assertThat(RegisterConfig.DEFAULT.uri("[2001:db8::7]"))
        .hasToString("http://[2001:db8::7]:20416/v1/opamp");
    assertThat(RegisterConfig.DEFAULT.uri("")).isNull();
    assertThat(new RegisterConfig("none", "").uri("a")).isNull();
    assertThat(new RegisterConfig("https://c.example:443", "").uri("a"))
        .hasToString("https://c.example:443/v1/opamp");
    assertThatThrownBy(() -> new RegisterConfig("c.example:20416", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--controller");
  }
}
