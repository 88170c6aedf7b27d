package deepflow.server;

import deepflow.server.http.HttpServer;
import java.net.InetSocketAddress;

/// A server at work. To close it is to stop it in order: no more questions, what agents sent is
/// stored or left with them, the database is closed.
public final class RunningServer implements AutoCloseable {
  private final HttpServer http;
  private final int ingestPort;
  private final Parts parts;

  RunningServer(HttpServer http, int ingestPort, Parts parts) {
    this.http = http;
    this.ingestPort = ingestPort;
    this.parts = parts;
  }

  /// Where HTTP is listened to.
  public InetSocketAddress address() {
    return http.address();
  }

  /// Where agents connect.
  public int ingestPort() {
    return ingestPort;
  }

  /// Stops in order; each step is taken whatever became of the one before. Idempotent.
  @Override
  public void close() {
    parts.close();
  }
}
