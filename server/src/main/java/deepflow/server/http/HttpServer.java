package deepflow.server.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.encoding.EncodingService;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/// The server's HTTP listener.
public final class HttpServer implements AutoCloseable {

  private static final Duration STOP_QUIET = Duration.ofMillis(100);
  private static final Duration STOP_MAX = Duration.ofSeconds(10);
  private static final int RESETS_MAX = 200;
  private static final int RESETS_WINDOW_SECONDS = 30;

  private final Server server;

  private HttpServer(Server server) {
    this.server = server;
  }

  /// Starts to listen.
  ///
  /// @param routes what the API answers
  /// @throws IOException when the address can't be listened on
  public static HttpServer start(
      HttpConfig config, Routes routes, Health health, PrometheusMeterRegistry metrics)
      throws IOException {
    Server server = build(config, routes, health, metrics);
    try {
      server.start().join();
    } catch (CompletionException e) {
      server.close();
      throw new IOException(
          "can't listen on %s:%s: %s"
              .formatted(config.address().getHostString(), config.address().getPort(), reason(e)),
          e);
    }
    return new HttpServer(server);
  }

  private static String reason(CompletionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
  }

  private static Server build(
      HttpConfig config, Routes routes, Health health, PrometheusMeterRegistry metrics) {
    ServerBuilder builder =
        Server.builder()
            .port(config.address(), SessionProtocol.HTTP)
            .maxRequestLength(config.requestBytesMax())
            .requestTimeout(config.requestTime())
            .idleTimeout(config.idleTime())
            .maxNumConnections(config.connectionsMax())
            .http2MaxResetFramesPerWindow(RESETS_MAX, RESETS_WINDOW_SECONDS)
            .http2MaxStreamsPerConnection(100)
            .gracefulShutdownTimeout(STOP_QUIET, STOP_MAX)
            .bossGroupFactory(_ -> new Acceptor())
            .meterRegistry(metrics)
            .verboseResponses(false)
            .unloggedExceptionsReportInterval(Duration.ZERO) // ErrorPages logs what matters
            .errorHandler(new ErrorPages());
    routes.forEach((path, service) -> builder.service(path, compressed(service)));
    routes.forEachStream(builder::service);
    Routes own = new Routes();
    own.get("/live", (_, _) -> HttpResponse.of("live\n"));
    own.get("/ready", (ctx, _) -> readiness(health, ctx.blockingTaskExecutor()));
    own.get("/metrics", (_, _) -> scrape(metrics));
    own.forEach(builder::service);
    builder.serviceUnder("/", new StaticFiles(HttpServer.class.getClassLoader(), "deepflow/web/"));
    return builder.decorator(new Guard(config.knownHosts())).build();
  }

  private static HttpService compressed(HttpService service) {
    return service.decorate(
        EncodingService.builder().minBytesToForceChunkedEncoding(1024).newDecorator());
  }

  private static HttpResponse readiness(Health health, Executor blocking) {
    return HttpResponse.of(CompletableFuture.supplyAsync(health::ready, blocking));
  }

  private static HttpResponse scrape(PrometheusMeterRegistry metrics) {
    return HttpResponse.of(
        HttpStatus.OK,
        MediaType.parse("text/plain; version=0.0.4; charset=utf-8"),
        HttpData.ofUtf8(metrics.scrape()));
  }

  /// Where it listens.
  public InetSocketAddress address() {
    return Objects.requireNonNull(server.activePort()).localAddress();
  }

  /// Takes no new requests, lets those at work end, and closes.
  @Override
  public void close() {
    server.stop().join();
  }
}
