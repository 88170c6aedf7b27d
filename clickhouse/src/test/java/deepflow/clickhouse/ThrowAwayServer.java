package deepflow.clickhouse;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A server of its own for the tests of one class: an engine behind [ClickHouseHttpServer], and a
/// client.
final class ThrowAwayServer
    implements BeforeAllCallback, AfterAllCallback, ClickHouseContract.Subject {
  private final ThrowAwayEngine engine = new ThrowAwayEngine();
  private int depth;
  private @Nullable ClickHouseHttpServer server;
  private @Nullable RemoteClickHouse client;

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    engine.beforeAll(context);
    if (depth++ == 0) {
      server = ClickHouseHttpServer.start(engine::engine);
      client = RemoteClickHouse.open(config());
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (--depth == 0) {
      clickHouse().close();
      server().close();
    }
    engine.afterAll(context);
  }

  RemoteClickHouseConfig config() {
    return config(server().url());
  }

  /// To the same server by another address.
  static RemoteClickHouseConfig config(URI url) {
    return RemoteClickHouseConfig.at(url, ClickHouseHttpServer.USER, ClickHouseHttpServer.PASSWORD);
  }

  /// With times that a test can wait for.
  static RemoteClickHouseConfig impatient(URI url) {
    return config(url)
        .withTimes(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1));
  }

  ClickHouseHttpServer server() {
    if (server == null) {
      throw new IllegalStateException("register this as a static extension");
    }
    return server;
  }

  ThrowAwayEngine engine() {
    return engine;
  }

  @Override
  public ClickHouse clickHouse() {
    if (client == null) {
      throw new IllegalStateException("register this as a static extension");
    }
    return client;
  }

  @Override
  public ClickHouse reopen() throws Exception {
    clickHouse().close();
    engine.reopen();
    client = RemoteClickHouse.open(config());
    return client;
  }
}
