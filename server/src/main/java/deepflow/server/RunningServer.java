package deepflow.server;

import deepflow.clickhouse.ClickHouse;
import deepflow.server.http.HttpServer;
import deepflow.server.http.Workers;
import deepflow.server.ingester.Ingester;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server at work. To close it is to stop it in order: no more questions, what agents sent is
/// stored or left with them, the database is closed.
public final class RunningServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

  private final ClickHouse clickHouse;
  private final Ingester ingester;
  private final Workers workers;
  private final HttpServer http;
  private final int ingestPort;
  private final AtomicBoolean closed = new AtomicBoolean();

  private final Labelling labelling;

  RunningServer(
      ClickHouse clickHouse,
      Ingester ingester,
      Workers workers,
      HttpServer http,
      int ingestPort,
      Labelling labelling) {
    this.clickHouse = clickHouse;
    this.ingester = ingester;
    this.workers = workers;
    this.http = http;
    this.ingestPort = ingestPort;
    this.labelling = labelling;
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
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    step("HTTP", http::close);
    step("questions", workers::close);
    step("ingest", ingester::close);
    step("labels", labelling::close);
    step("the database", clickHouse::close);
  }

  private static void step(String what, Runnable close) {
    try {
      close.run();
    } catch (RuntimeException e) {
      LOG.error("stopping {} failed", what, e);
    }
  }
}
