package deepflow.agent.receive;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.util.EventLoopGroups;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerPort;
import com.linecorp.armeria.server.cors.CorsService;
import com.linecorp.armeria.server.cors.CorsServiceBuilder;
import deepflow.agent.queue.Intake;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// ① Listens for OTLP on one or several ports, each of which speaks HTTP/1.1 and HTTP/2: in
/// cleartext, in TLS, or in both.
///
/// Every request that was taken is in the queue, durable, before it is answered with success.
public final class Receiver implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Receiver.class);

  private static final int HEADER_BYTES_MAX = 16 << 10;

  /// Of a body, handed on at once: as much as a socket is read at a time, not Armeria's 8 KiB.
  private static final int HTTP1_CHUNK_BYTES = 64 << 10;

  private static final int HTTP2_STREAMS_MAX = 256;

  /// Of a request that waits unread, so much is held. Small enough for all of [WaitingLine], large
  /// enough for a sender in the same building: 125 MB/s when an answer takes a millisecond.
  static final int HTTP2_STREAM_WINDOW_BYTES = 128 << 10;

  /// What all streams of a connection may have unread: else those that wait would hold up the one
  /// whose turn it is.
  private static final int HTTP2_CONNECTION_WINDOW_BYTES =
      HTTP2_STREAMS_MAX * HTTP2_STREAM_WINDOW_BYTES;

  private static final int HTTP2_RESETS_A_MINUTE = 400;

  /// Enough for the answer to a request that took too long, before its connection is closed.
  private static final Duration AFTER_TIMEOUT = Duration.ofSeconds(1);

  /// Not zero: with zero the server would not wait for what is under way.
  private static final Duration STOP_QUIET = Duration.ofMillis(20);

  private final String scheme;
  private final String host;
  private final Server server;
  private final TraceService traces;
  private final OperationsService operations;
  private final List<ReceivePort> ports;

  private Receiver(
      String scheme,
      String host,
      Server server,
      TraceService traces,
      OperationsService operations,
      List<ReceivePort> ports) {
    this.scheme = scheme;
    this.host = host;
    this.server = server;
    this.traces = traces;
    this.operations = operations;
    this.ports = ports;
  }

  /// Loads the HTTP server's classes, which takes a process a while once; else [#start] does. For
  /// any thread.
  public static void load() {
    Server.builder();
  }

  /// Starts listening.
  ///
  /// @param rules that hold from the first request
  /// @throws PortTakenException when a port that is not optional can't be listened on; nothing is
  ///   left open then
  public static Receiver start(
      ReceiverConfig config,
      IntakeRules rules,
      Intake queue,
      Health health,
      PrometheusMeterRegistry registry,
      Clock clock)
      throws PortTakenException {
    InFlight inFlight = new InFlight(config.inFlightBytesMax(), config.waitMax(), System::nanoTime);
    ReceiveMetrics metrics = new ReceiveMetrics(registry, inFlight);
    TraceIntake intake = new TraceIntake(queue, clock, metrics);
    TraceService traces = new TraceService(intake, inFlight, metrics, config.bodyBytesMax(), rules);
    OperationsService operations = new OperationsService(health, registry);
    List<ReceivePort> free = freePorts(config);
    ServerBuilder builder = builder(config, free, traces, operations);
    SenderRules senderRules = new SenderRules(config.requestTimeout().plus(AFTER_TIMEOUT), metrics);
    ReceiverTls tls = config.tls();
    if (tls == null) {
      builder.childChannelPipelineCustomizer(senderRules::inCleartext);
    } else {
      tls.configure(builder, senderRules, registry);
    }
    Server server = builder.build();
    metrics.connections(server, Server::numConnections);
    try {
      server.start().join();
    } catch (CompletionException e) {
      server.close();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new PortTakenException(config.host(), free.getFirst(), cause);
    }
    String scheme = tls == null ? "http" : "https";
    return new Receiver(scheme, config.host(), server, traces, operations, openPorts(server, free));
  }

  /// Tries each port first: the server as a whole starts or doesn't, and doesn't say which port it
  /// was.
  private static List<ReceivePort> freePorts(ReceiverConfig config) throws PortTakenException {
    List<ReceivePort> free = new ArrayList<>();
    for (ReceivePort port : config.ports()) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.bind(address(config.host(), port));
        free.add(port);
      } catch (IOException e) {
        if (!port.optional()) {
          throw new PortTakenException(config.host(), port, e);
        }
        log.warn(
            "Port {} on {} can't be used ({}): going on without it; choose another with {}",
            port.port(),
            config.host(),
            e.getMessage(),
            port.setting());
      }
    }
    return free;
  }

  private static InetSocketAddress address(String host, ReceivePort port)
      throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(host), port.port());
  }

  private static ServerBuilder builder(
      ReceiverConfig config,
      List<ReceivePort> ports,
      TraceService traces,
      OperationsService operations) {
    ServerBuilder builder =
        Server.builder()
            .workerGroup(workers(config), /* shutdownOnStop= */ true)
            .bossGroupFactory(_ -> new Acceptor())
            .maxRequestLength(0) // the body reader has its own limit, and a better answer
            .requestTimeout(config.requestTimeout())
            .idleTimeout(config.idleTimeout())
            .maxNumConnections(config.connectionsMax())
            .http1MaxHeaderSize(HEADER_BYTES_MAX)
            .http1MaxChunkSize(HTTP1_CHUNK_BYTES)
            .http2MaxHeaderListSize(HEADER_BYTES_MAX)
            .http2MaxStreamsPerConnection(HTTP2_STREAMS_MAX)
            .http2MaxResetFramesPerWindow(HTTP2_RESETS_A_MINUTE, /* windowSeconds= */ 60)
            .http2InitialConnectionWindowSize(HTTP2_CONNECTION_WINDOW_BYTES)
            .http2InitialStreamWindowSize(HTTP2_STREAM_WINDOW_BYTES)
            .gracefulShutdownTimeout(STOP_QUIET, config.stopTimeout())
            .disableServerHeader()
            .errorHandler(new ErrorHandler())
            .service("/ready", operations)
            .service("/live", operations)
            .service("/metrics", operations)
            .serviceUnder("/", crossOrigin(config, traces));
    // Else it looks for this machine's, which nobody asks for.
    builder.defaultVirtualHost().defaultHostname("localhost");
    ReceiverTls tls = config.tls();
    Set<SessionProtocol> protocols = tls == null ? Set.of(SessionProtocol.HTTP) : tls.protocols();
    for (ReceivePort port : ports) {
      builder.port(new ServerPort(socketAddress(config.host(), port), protocols));
    }
    return builder;
  }

  /// Without the 2 s that Netty would wait for stragglers: those under way were waited for before.
  private static EventLoopGroup workers(ReceiverConfig config) {
    return EventLoopGroups.builder()
        .numThreads(config.eventLoops())
        .gracefulShutdown(Duration.ZERO, config.stopTimeout())
        .build();
  }

  private static InetSocketAddress socketAddress(String host, ReceivePort port) {
    return new InetSocketAddress(host, port.port());
  }

  private static HttpService crossOrigin(ReceiverConfig config, TraceService traces) {
    if (config.corsOrigins().isEmpty()) {
      return traces;
    }
    CorsServiceBuilder cors =
        config.corsOrigins().contains("*")
            ? CorsService.builderForAnyOrigin()
            : CorsService.builder(config.corsOrigins());
    return traces.decorate(
        cors.allowRequestMethods(HttpMethod.POST)
            .allowAllRequestHeaders(true)
            .exposeHeaders("retry-after")
            .maxAge(Duration.ofHours(2))
            .newDecorator());
  }

  private static List<ReceivePort> openPorts(Server server, List<ReceivePort> asked) {
    List<ReceivePort> open = new ArrayList<>();
    for (InetSocketAddress address : server.activePorts().keySet()) {
      ReceivePort port = asked.get(open.size());
      open.add(new ReceivePort(address.getPort(), port.setting(), port.optional()));
    }
    return List.copyOf(open);
  }

  /// Changes what is taken, for requests that come from now on.
  public void obey(IntakeRules rules) {
    traces.obey(rules);
  }

  /// The ports that were opened, in the order of the configuration, without optional ones that were
  /// taken; real numbers where 0 was asked for.
  public List<ReceivePort> ports() {
    return ports;
  }

  /// Where senders reach it: `http://127.0.0.1:4318` and the others, `https` where TLS is spoken. A
  /// receiver that listens on every address says this machine's name, which senders elsewhere can
  /// use.
  public List<String> endpoints() {
    String urlHost = host.contains(":") ? "[" + host + "]" : host;
    String reachable = isEveryAddress() ? machine() : urlHost;
    return ports.stream().map(port -> scheme + "://" + reachable + ":" + port.port()).toList();
  }

  private boolean isEveryAddress() {
    InetAddress address = NetUtil.createInetAddressFromIpAddressString(host);
    return address != null && address.isAnyLocalAddress();
  }

  private static String machine() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) {
      return "localhost";
    }
  }

  /// Refuses new requests (503, UNAVAILABLE), answers those under way, closes the ports. Takes at
  /// most the configured time.
  @Override
  public void close() {
    traces.stop();
    operations.stop();
    server.stop().join();
  }
}
