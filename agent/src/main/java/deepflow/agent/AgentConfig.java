package deepflow.agent;

import deepflow.agent.forward.LinkConfig;
import deepflow.agent.forward.LinkProtocol;
import deepflow.agent.forward.ServerAddress;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.receive.ReceivePort;
import deepflow.agent.receive.ReceiverConfig;
import deepflow.agent.receive.ReceiverTls;
import deepflow.agent.receive.ReceiverTlsConfig;
import deepflow.agent.register.RegisterConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that an agent is told when it starts.
///
/// @param data directory that is the agent's own; made when it is missing
/// @param host address to listen on
/// @param ports to listen on, the agent's own first
/// @param servers `host:port` of the ingest of one store's servers, in no order
/// @param queueBytes of spans on disk that no server has yet; beyond it senders are told to wait
/// @param requestBytesMax largest request, also after decompression
/// @param inFlightBytesMax of all requests between first byte and answer
/// @param corsOrigins of browsers that may send; `*` is every one
/// @param tls for senders
/// @param link how it speaks to the servers
/// @param register who controls it
public record AgentConfig(
    Path data,
    String host,
    List<ReceivePort> ports,
    List<String> servers,
    long queueBytes,
    int requestBytesMax,
    long inFlightBytesMax,
    List<String> corsOrigins,
    ReceiverTlsConfig tls,
    LinkConfig link,
    RegisterConfig register) {
  public static final int AGENT_PORT = 38086;
  public static final int OTLP_GRPC_PORT = 4317;
  public static final int OTLP_HTTP_PORT = 4318;
  public static final long QUEUE_BYTES = 2L << 30;

  /// OTLP's recommendation; an agent with a small heap takes less.
  private static final long REQUEST_BYTES_MAX = 64 << 20;

  private static final int CONNECTIONS_MAX = 10_000;

  /// Shorter than the time that any OTLP sender gives a request.
  private static final Duration WAIT_MAX = Duration.ofSeconds(1);

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
  private static final int EVENT_LOOPS_MAX = 4;

  public AgentConfig {
    ports = List.copyOf(ports);
    servers = List.copyOf(servers);
    corsOrigins = List.copyOf(corsOrigins);
  }

  /// An agent as it is when nobody sets anything.
  ///
  /// @param data directory that is the agent's own
  public static AgentConfig defaults(Path data) {
    return new AgentConfig(
        data,
        "127.0.0.1",
        List.of(
            new ReceivePort(AGENT_PORT, "--agent-port", false),
            new ReceivePort(OTLP_GRPC_PORT, "--otlp-grpc-port", true),
            new ReceivePort(OTLP_HTTP_PORT, "--otlp-http-port", true)),
        List.of("127.0.0.1:20033"),
        QUEUE_BYTES,
        requestBytesMax(Runtime.getRuntime().maxMemory()),
        inFlightBytesMax(Runtime.getRuntime().maxMemory()),
        List.of(),
        ReceiverTlsConfig.NONE,
        LinkConfig.DEFAULT,
        RegisterConfig.DEFAULT);
  }

  static int requestBytesMax(long heapBytes) {
    return (int) Math.min(REQUEST_BYTES_MAX, heapBytes / 8);
  }

  static long inFlightBytesMax(long heapBytes) {
    return Math.max(ReceiverConfig.inFlightBytesMin(requestBytesMax(heapBytes)), heapBytes / 4);
  }

  public AgentConfig withHost(String newHost) {
    return new AgentConfig(
        data,
        newHost,
        ports,
        servers,
        queueBytes,
        requestBytesMax,
        inFlightBytesMax,
        corsOrigins,
        tls,
        link,
        register);
  }

  public AgentConfig withPorts(List<ReceivePort> newPorts) {
    return new AgentConfig(
        data,
        host,
        newPorts,
        servers,
        queueBytes,
        requestBytesMax,
        inFlightBytesMax,
        corsOrigins,
        tls,
        link,
        register);
  }

  public AgentConfig withServers(List<String> newServers) {
    return new AgentConfig(
        data,
        host,
        ports,
        newServers,
        queueBytes,
        requestBytesMax,
        inFlightBytesMax,
        corsOrigins,
        tls,
        link,
        register);
  }

  public AgentConfig withController(String controller) {
    return new AgentConfig(
        data,
        host,
        ports,
        servers,
        queueBytes,
        requestBytesMax,
        inFlightBytesMax,
        corsOrigins,
        tls,
        link,
        new RegisterConfig(controller, register.group()));
  }

  /// The servers' side, as the settings say it. A server of DeepFlow has no controller for this
  /// agent.
  Upstream upstream() {
    String host =
        link.protocol() == LinkProtocol.DEEPFLOW || servers.isEmpty()
            ? ""
            : ServerAddress.parse(servers.getFirst()).hostInUrl();
    return new Upstream(servers, register.uri(host));
  }

  /// A request that the queue could never hold is refused for good, not told to come back.
  ///
  /// @param openTls of [#tls]; null when there is none
  ReceiverConfig receiver(@Nullable ReceiverTls openTls) {
    long held = Math.min(DurableQueue.REQUEST_BYTES_MAX, queueBytes / 8);
    return new ReceiverConfig(
        host,
        ports,
        (int) Math.min(requestBytesMax, held),
        inFlightBytesMax,
        WAIT_MAX,
        CONNECTIONS_MAX,
        REQUEST_TIMEOUT,
        IDLE_TIMEOUT,
        STOP_TIMEOUT,
        corsOrigins,
        Math.min(EVENT_LOOPS_MAX, Runtime.getRuntime().availableProcessors()),
        openTls);
  }
}
