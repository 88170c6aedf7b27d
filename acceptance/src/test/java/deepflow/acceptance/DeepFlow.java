package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// One of our programs as a process: started, killed and started again on the same data directory
/// and the same ports.
final class DeepFlow implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration STOP_MAX = Duration.ofSeconds(60);
  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final HttpClient HTTP = client().build();

  private final Program program;
  private final String name;
  private final List<String> arguments;
  private final Address address;
  private @Nullable SSLContext agentTls;
  private @Nullable Path temporary;
  private @Nullable RunningProcess process;

  private DeepFlow(Program program, Path data, Address address, List<String> more) {
    this.program = program;
    this.name = program.name().toLowerCase(Locale.ROOT) + "-" + COUNTER.incrementAndGet();
    this.address = address;
    this.arguments = new ArrayList<>(List.of("--data", data.toString()));
    arguments.addAll(more);
  }

  enum Program {
    UP,
    AGENT,
    SERVER
  }

  /// Where a program listens; a port that it has no use for is given all the same.
  ///
  /// @param agent the agent's own port, OTLP over HTTP and gRPC
  /// @param server UI and queries
  /// @param ingest where the server takes frames of agents
  record Address(int agent, int otlpGrpc, int otlpHttp, int server, int ingest) {
    static Address free() {
      return new Address(Ports.free(), Ports.free(), Ports.free(), Ports.free(), Ports.free());
    }

    /// DeepFlow's own path on the agent's own port.
    URI deepFlowTraces() {
      return http(agent, "/api/v1/otel/trace");
    }

    /// OpenTelemetry's path on its standard port's stand-in.
    URI otlpTraces() {
      return http(otlpHttp, "/v1/traces");
    }

    URI onServer(String path) {
      return http(server, path);
    }

    private static URI http(int port, String path) {
      return URI.create("http://127.0.0.1:" + port + path);
    }

    private List<String> ofAgent() {
      return List.of(
          "--agent-port", Integer.toString(agent),
          "--otlp-grpc-port", Integer.toString(otlpGrpc),
          "--otlp-http-port", Integer.toString(otlpHttp));
    }

    private List<String> ofServer() {
      return List.of(
          "--server-port", Integer.toString(server), "--ingest-port", Integer.toString(ingest));
    }
  }

  /// Agent, server and UI in one process.
  ///
  /// @param settings more flags with their values
  static DeepFlow up(Path data, String... settings) {
    Address address = Address.free();
    List<String> more = new ArrayList<>(address.ofAgent());
    more.addAll(address.ofServer());
    more.addAll(List.of(settings));
    return new DeepFlow(Program.UP, data, address, more);
  }

  /// Agent, server and UI in one process, with the standard OTLP ports left as they are by default.
  static DeepFlow upOnStandardOtlpPorts(Path data) {
    Address free = Address.free();
    Address address = new Address(free.agent(), 4317, 4318, free.server(), free.ingest());
    List<String> ports = new ArrayList<>(List.of("--agent-port", Integer.toString(free.agent())));
    ports.addAll(address.ofServer());
    return new DeepFlow(Program.UP, data, address, ports);
  }

  /// A server alone.
  ///
  /// @param settings more flags and their values
  static DeepFlow server(Path data, String... settings) {
    Address address = Address.free();
    List<String> more = new ArrayList<>(address.ofServer());
    more.addAll(List.of(settings));
    return new DeepFlow(Program.SERVER, data, address, more);
  }

  /// An agent alone.
  ///
  /// @param ingestPort where its server is, or something between them
  /// @param settings more flags with their values
  static DeepFlow agent(Path data, int ingestPort, String... settings) {
    return agent(data, "127.0.0.1:" + ingestPort, settings);
  }

  /// An agent alone.
  ///
  /// @param servers as `--server` takes them
  /// @param settings more flags with their values
  static DeepFlow agent(Path data, String servers, String... settings) {
    Address address = Address.free();
    List<String> more = new ArrayList<>(address.ofAgent());
    more.addAll(List.of("--server", servers));
    more.addAll(List.of(settings));
    if (!more.contains("--controller")) {
      // Else a server that runs on the usual port for other reasons would configure it.
      more.addAll(List.of("--controller", "none"));
    }
    return new DeepFlow(Program.AGENT, data, address, more);
  }

  /// Its agent speaks TLS with whoever asks.
  ///
  /// @param tls trusts the agent's certificate
  DeepFlow withAgentTls(SSLContext tls) {
    agentTls = tls;
    return this;
  }

  /// Its temporary files are there.
  DeepFlow withTemporaryDirectory(Path directory) {
    temporary = directory;
    return this;
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(Programs.environment());
    if (temporary != null) {
      environment.merge(
          Programs.JAVA_OPTIONS, "-Djava.io.tmpdir=" + temporary, (a, b) -> a + ' ' + b);
    }
    return environment;
  }

  Address address() {
    return address;
  }

  RunningProcess process() {
    RunningProcess running = process;
    if (running == null) {
      throw new IllegalStateException(name + " is not running");
    }
    return running;
  }

  /// Starts the program and does not wait.
  RunningProcess begin() throws IOException {
    RunningProcess started =
        RunningProcess.start(name, Programs.command(program, arguments), environment());
    process = started;
    return started;
  }

  /// Starts the program and waits until it says that it is ready.
  DeepFlow start() throws Exception {
    RunningProcess started = begin();
    try (HttpClient agentClient = agentClient()) {
      started.awaitReady(
          START_MAX,
          () -> {
            if (program != Program.SERVER) {
              assertReady(agentClient, agentReady());
            }
            if (program != Program.AGENT) {
              assertReady(HTTP, Address.http(address.server(), "/ready"));
            }
          });
    }
    return this;
  }

  private HttpClient agentClient() {
    SSLContext tls = agentTls;
    return tls == null ? client().build() : client().sslContext(tls).build();
  }

  private URI agentReady() {
    String scheme = agentTls == null ? "http" : "https";
    return URI.create(
        "%s://127.0.0.1:%s/ready".formatted(scheme, Integer.toString(address.agent())));
  }

  private static HttpClient.Builder client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(5));
  }

  private static void assertReady(HttpClient client, URI uri) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
    int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    assertThat(status).as("%s", uri).isEqualTo(200);
  }

  void kill() throws InterruptedException {
    process().kill();
    process = null;
  }

  /// SIGTERM; the end has to be orderly, with exit code 0.
  void stop() throws Exception {
    RunningProcess running = process();
    int code = running.terminate(STOP_MAX);
    process = null;
    assertThat(code)
        .as("exit code of %s after SIGTERM; its last words:\n%s", name, running.endOfLog())
        .isZero();
  }

  @Override
  public void close() {
    RunningProcess running = process;
    if (running != null) {
      running.close();
    }
  }
}
