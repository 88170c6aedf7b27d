package deepflow.clickhouse;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// ClickHouse's HTTP interface in front of an engine inside this process, so that a client can be
/// tried where no server can be had. As strict as a server: what is no setting is refused. What a
/// server can do and our client has no use for is refused too.
///
/// Source: ClickHouse documentation, "HTTP interface"; statuses from `src/Server/HTTP` at 26.7.
public final class ClickHouseHttpServer implements AutoCloseable {
  /// Who is let in.
  public static final String USER = "deepflow";

  /// With which password.
  public static final String PASSWORD = "it's a secret";

  private final Supplier<EmbeddedClickHouse> engine;
  private final Set<String> settings;
  private final RunningQueries running = new RunningQueries();
  private ExecutorService handlers = Executors.newCachedThreadPool();
  private HttpServer server;

  private ClickHouseHttpServer(Supplier<EmbeddedClickHouse> engine, Set<String> settings)
      throws IOException {
    this.engine = engine;
    this.settings = settings;
    server = listen(0);
  }

  /// Starts a server on a port that is free.
  ///
  /// @param engine that is open, asked for by each request
  public static ClickHouseHttpServer start(Supplier<EmbeddedClickHouse> engine)
      throws IOException, ClickHouseException {
    Set<String> settings = new HashSet<>();
    try (Rows rows = engine.get().query(Query.of("SELECT name FROM system.settings"))) {
      while (rows.next()) {
        settings.add(rows.getString(0));
      }
    }
    return new ClickHouseHttpServer(engine, settings);
  }

  private HttpServer listen(int port) throws IOException {
    var made = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 64);
    made.createContext("/", this::handle);
    made.setExecutor(handlers);
    made.start();
    return made;
  }

  private void handle(HttpExchange exchange) throws IOException {
    new HttpStatement(exchange, engine.get(), settings, running).run();
  }

  /// Where it is.
  public URI url() {
    return URI.create("http://127.0.0.1:" + port());
  }

  int port() {
    return server.getAddress().getPort();
  }

  /// Ends what runs and breaks every connection off, as a server does that is stopped.
  @Override
  public void close() {
    running.killAll();
    server.stop(0);
    handlers.shutdownNow();
    handlers.close();
  }

  /// Listens again on the same port.
  void startAgain() throws IOException {
    int port = port();
    handlers = Executors.newCachedThreadPool();
    server = listen(port);
  }
}
