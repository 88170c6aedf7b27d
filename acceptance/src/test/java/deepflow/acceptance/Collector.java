package deepflow.acceptance;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A real opentelemetry-collector as a process.
final class Collector implements AutoCloseable {
  private final RunningProcess process;

  private Collector(RunningProcess process) {
    this.process = process;
  }

  /// Where a collector listens.
  record Address(int grpc, int http, int health) {
    static Address free() {
      return new Address(Ports.free(), Ports.free(), Ports.free());
    }
  }

  /// Starts a collector and waits until it is healthy.
  ///
  /// @param configuration a file among this module's test resources
  /// @param agentPort where its exporter sends
  static Collector start(String configuration, Address address, int agentPort) throws Exception {
    return start(configuration, address, agentPort, Map.of());
  }

  /// Starts a collector and waits until it is healthy.
  ///
  /// @param more that the configuration takes from the environment
  static Collector start(
      String configuration, Address address, int agentPort, Map<String, String> more)
      throws Exception {
    Path file = Path.of("src", "test", "resources", "deepflow", "acceptance", configuration);
    return start(file.toAbsolutePath(), address, agentPort, more);
  }

  /// Starts a collector with any file and waits until it is healthy.
  static Collector start(Path file, Address address, int agentPort, Map<String, String> more)
      throws Exception {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("COLLECTOR_GRPC_PORT", Integer.toString(address.grpc()));
    environment.put("COLLECTOR_HTTP_PORT", Integer.toString(address.http()));
    environment.put("COLLECTOR_HEALTH_PORT", Integer.toString(address.health()));
    environment.put("AGENT_PORT", Integer.toString(agentPort));
    RunningProcess process =
        RunningProcess.start(
            file.getFileName().toString().replace(".yaml", ""),
            List.of(RealParts.collector().toString(), "--config", file.toString()),
            environment);
    process.awaitReady(
        Duration.ofSeconds(30),
        () -> {
          if (health(address) != 200) {
            throw new AssertionError("the collector is not healthy");
          }
        });
    return new Collector(process);
  }

  private static int health(Address address) throws IOException {
    URI uri = URI.create("http://127.0.0.1:" + address.health() + "/");
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    try {
      return connection.getResponseCode();
    } finally {
      connection.disconnect();
    }
  }

  /// SIGTERM, after which the collector sends what it still holds.
  void stop() throws Exception {
    process.terminate(Duration.ofSeconds(30));
  }

  /// What it has said so far.
  String log() throws IOException {
    return process.log();
  }

  @Override
  public void close() {
    process.close();
  }
}
