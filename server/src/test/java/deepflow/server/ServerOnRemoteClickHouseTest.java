package deepflow.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseHttpServer;
import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.clickhouse.RemoteClickHouse;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The same promises with the store in a ClickHouse that is reached by HTTP.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServerOnRemoteClickHouseTest extends ServerMainTest {
  private final EmbeddedClickHouse engine;
  private final ClickHouseHttpServer clickHouse;

  ServerOnRemoteClickHouseTest(@TempDir Path directory) throws Exception {
    engine = EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(directory));
    clickHouse = ClickHouseHttpServer.start(() -> engine);
  }

  /// The server first.
  @AfterAll
  @Override
  void close() {
    super.close();
    clickHouse.close();
    engine.close();
  }

  @Override
  ServerConfig config(ServerConfig defaults) {
    return defaults.withStore(place(ClickHouseHttpServer.PASSWORD));
  }

  private StoreElsewhere place(String password) {
    return new StoreElsewhere(
        clickHouse.url().toString(), ClickHouseHttpServer.USER, password, null);
  }

  @Test
  void namesTheSettingsWhenItIsNotLetIn(@TempDir Path data) {
    ServerConfig wrong = ServerConfig.defaults(data).withStore(place("wrong-one")).withPorts(0, 0);
    assertThat(wrong.toString()).doesNotContain("wrong-one");
    assertThatThrownBy(() -> ServerMain.start(wrong))
        .isInstanceOf(ServerStartException.class)
        .hasMessageContaining("--clickhouse-password")
        .hasMessageNotContaining("wrong-one");
  }

  @Test
  void keepsASecondServerOff() throws Exception {
    try (var second = RemoteClickHouse.open(place(ClickHouseHttpServer.PASSWORD).config())) {
      assertThatThrownBy(() -> StoreLease.take(second, "second", Duration.ofSeconds(1)))
          .isInstanceOf(ServerStartException.class)
          .hasMessageContaining(InetAddress.getLocalHost().getHostName())
          .hasMessageContaining("has the store in this ClickHouse: stop it");
    }
  }

  @Test
  void takesThePasswordFromAFile(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("password"), "it's in a file\n");
    var place = new StoreElsewhere("http://clickhouse:8123", "deepflow", "", file);
    assertThat(place.config().password()).isEqualTo("it's in a file");
  }

  @Test
  void saysThatAnAddressIsNone(@TempDir Path data) {
    var place = new StoreElsewhere("clickhouse:9000", "deepflow", "", null);
    ServerConfig wrong = ServerConfig.defaults(data).withStore(place).withPorts(0, 0);
    assertThatThrownBy(() -> ServerMain.start(wrong))
        .isInstanceOf(ServerStartException.class)
        .hasMessageContaining("http://HOST:8123");
  }
}
