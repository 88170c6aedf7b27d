package deepflow.agent.receive;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import com.linecorp.armeria.common.SessionProtocol;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A receiver on a free port of this machine, with a queue in memory, and clients for it.
final class ReceiverFixture implements AutoCloseable, Health {
  static final Instant NOW = Instant.parse("2026-11-23T17:07:00.000000123Z");
  static final int BODY_BYTES_MAX = 4 << 20;

  final TestQueue queue = new TestQueue();
  final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final ClientFactory clients = ClientFactory.ofDefault();
  final Receiver receiver;
  volatile Optional<String> notReady = Optional.empty();

  ReceiverFixture() throws PortTakenException {
    this(config());
  }

  ReceiverFixture(ReceiverConfig config) throws PortTakenException {
    receiver =
        Receiver.start(
            config, IntakeRules.NONE, queue, this, registry, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  static ReceiverConfig config() {
    return withTimeout(Duration.ofSeconds(20));
  }

  static ReceiverConfig withTls(@Nullable ReceiverTls tls, Duration requestTimeout) {
    return config(BODY_BYTES_MAX, 1000, requestTimeout, Duration.ofMinutes(5), tls);
  }

  private static ReceiverConfig config(
      int bodyBytesMax, int connectionsMax, Duration requestTimeout, Duration idleTimeout) {
    return config(bodyBytesMax, connectionsMax, requestTimeout, idleTimeout, null);
  }

  private static ReceiverConfig config(
      int bodyBytesMax,
      int connectionsMax,
      Duration requestTimeout,
      Duration idleTimeout,
      @Nullable ReceiverTls tls) {
    return new ReceiverConfig(
        "127.0.0.1",
        List.of(
            new ReceivePort(0, "--agent-port", false),
            new ReceivePort(0, "--otlp-grpc-port", true)),
        bodyBytesMax,
        8L * bodyBytesMax,
        Duration.ofSeconds(1),
        connectionsMax,
        requestTimeout,
        idleTimeout,
        Duration.ofSeconds(10),
        List.of("https://shop.example"),
        2,
        tls);
  }

  static ReceiverConfig withWait(Duration waitMax) {
    ReceiverConfig config = config();
    return new ReceiverConfig(
        config.host(),
        config.ports(),
        config.bodyBytesMax(),
        config.inFlightBytesMax(),
        waitMax,
        config.connectionsMax(),
        config.requestTimeout(),
        config.idleTimeout(),
        config.stopTimeout(),
        config.corsOrigins(),
        config.eventLoops(),
        config.tls());
  }

  static ReceiverConfig withTimeout(Duration requestTimeout) {
    return config(BODY_BYTES_MAX, 1000, requestTimeout, Duration.ofMinutes(5));
  }

  static ReceiverConfig withConnections(int connectionsMax, Duration idleTimeout) {
    return config(BODY_BYTES_MAX, connectionsMax, Duration.ofSeconds(20), idleTimeout);
  }

  static ReceiverConfig withBodies(int bodyBytesMax) {
    return config(bodyBytesMax, 1000, Duration.ofSeconds(20), Duration.ofMinutes(5));
  }

  /// A figure of `/metrics`, by its name and tags.
  double metric(String name) {
    return registry
        .scrape()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + registry.scrape()));
  }

  double closed(SenderGuard.Reason reason) {
    return metric(
        "deepflow_agent_connections_closed_total{reason=\"%s\"}"
            .formatted(reason.name().toLowerCase(Locale.ROOT)));
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain");
      }
      Thread.sleep(5);
    }
  }

  @Override
  public Optional<String> notReady() {
    return notReady;
  }

  @Override
  public Optional<String> stuck() {
    return Optional.empty();
  }

  int port() {
    return receiver.ports().getFirst().port();
  }

  WebClient client(SessionProtocol protocol) {
    return WebClient.builder(protocol.uriText() + "://127.0.0.1:" + port())
        .factory(clients)
        .maxResponseLength(0)
        .build();
  }

  /// Sends by HTTP/1.1.
  AggregatedHttpResponse post(String path, String type, byte[] body, String... headers) {
    return send(SessionProtocol.H1C, HttpMethod.POST, path, type, body, headers);
  }

  /// Sends one gRPC message by HTTP/2; headers are names and values in turn.
  AggregatedHttpResponse grpc(byte[] body, String... headers) {
    return send(
        SessionProtocol.H2C,
        HttpMethod.POST,
        TraceService.GRPC_EXPORT,
        "application/grpc",
        body,
        headers);
  }

  AggregatedHttpResponse send(
      SessionProtocol protocol,
      HttpMethod method,
      String path,
      String type,
      byte[] body,
      String... headers) {
    RequestHeadersBuilder builder = RequestHeaders.builder(method, path);
    if (!type.isEmpty()) {
      builder.set(HttpHeaderNames.CONTENT_TYPE, type);
    }
    for (int i = 0; i < headers.length; i += 2) {
      builder.set(headers[i], headers[i + 1]);
    }
    return client(protocol).execute(builder.build(), HttpData.wrap(body)).aggregate().join();
  }

  /// Waits until `/metrics` says this.
  void awaitMetric(String line) throws InterruptedException {
    await(() -> registry.scrape().lines().anyMatch(line::equals));
  }

  @Override
  public void close() {
    receiver.close();
  }
}
