package deepflow.demo.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The real otel-collector between the services and the agent, configured as the page "import
/// OpenTelemetry data" says.
final class Collector {
  private static final Duration START_MAX = Duration.ofSeconds(30);

  private final Child child;
  private final URI endpoint;

  private Collector(Child child, URI endpoint) {
    this.child = child;
    this.endpoint = endpoint;
  }

  Child child() {
    return child;
  }

  /// Where it takes OTLP over HTTP.
  URI endpoint() {
    return endpoint;
  }

  /// Builds the collector when it isn't there yet, and starts it.
  ///
  /// @param home the module's folder
  /// @param agent where it sends
  static Collector start(Path home, URI agent, Path logs)
      throws ShopDownException, InterruptedException {
    Path program = program(home.resolveSibling("acceptance").resolve("real-parts/build"));
    try {
      int port = freePort();
      Child child =
          Child.start(
              "collector",
              List.of(
                  home.resolve("collector/run").toString(),
                  program.toString(),
                  home.resolve("collector/config.yaml").toString()),
              Map.of("COLLECTOR_HTTP_PORT", Integer.toString(port), "AGENT_URL", base(agent)),
              logs);
      URI endpoint = URI.create("http://127.0.0.1:" + port);
      awaitOpen(child, endpoint);
      return new Collector(child, endpoint);
    } catch (IOException e) {
      throw new ShopDownException("the collector can't be started: " + e.getMessage());
    }
  }

  private static String base(URI agent) {
    String url = agent.toString();
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  private static Path program(Path build) throws ShopDownException, InterruptedException {
    try {
      Process process =
          new ProcessBuilder(build.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      Optional<String> line;
      try (var out = process.inputReader(UTF_8)) {
        line = out.readAllLines().stream().filter(l -> l.startsWith("otelcol=")).findFirst();
      }
      process.waitFor();
      return line.map(l -> Path.of(l.substring("otelcol=".length())))
          .orElseThrow(() ->
              new ShopDownException(
                  "--collector needs Go to build the otel-collector, and that did not work: see"
                      + " above, or leave --collector out"));
    } catch (IOException e) {
      throw new ShopDownException("the otel-collector can't be built: " + e.getMessage());
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void awaitOpen(Child child, URI endpoint)
      throws ShopDownException, InterruptedException {
    long end = System.nanoTime() + START_MAX.toNanos();
    while (Intake.status(endpoint) == Intake.NOBODY) {
      if (!child.isAlive() || System.nanoTime() > end) {
        child.release();
        throw child.ended();
      }
      Thread.sleep(50);
    }
  }
}
