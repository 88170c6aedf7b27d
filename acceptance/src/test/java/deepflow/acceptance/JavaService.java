package deepflow.acceptance;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The shop (see [deepflow.acceptance.shop]) under the real javaagent.
final class JavaService implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening on (\\d+)");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final RunningProcess process;
  private final int port;

  private JavaService(RunningProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /// Starts the shop and waits until it takes orders.
  ///
  /// @param service its service.name, and that of its log
  /// @param exporter OTEL_EXPORTER_OTLP_… variables: where it sends and how
  static JavaService start(String service, Map<String, String> exporter) throws Exception {
    Map<String, String> environment = new HashMap<>(exporter);
    environment.put("OTEL_SERVICE_NAME", service);
    environment.put("OTEL_METRICS_EXPORTER", "none");
    environment.put("OTEL_LOGS_EXPORTER", "none");
    // Spans leave soon after they end; the default of 5 s would only make the tests slow.
    environment.put("OTEL_BSP_SCHEDULE_DELAY", "100");
    RunningProcess process =
        RunningProcess.start(
            service,
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-javaagent:" + RealParts.javaagent(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "deepflow.acceptance.shop.ShopMain"),
            environment);
    process.awaitReady(
        Duration.ofSeconds(60),
        () -> {
          if (!LISTENING.matcher(process.log()).find()) {
            throw new AssertionError("the shop is not listening");
          }
        });
    Matcher matcher = LISTENING.matcher(process.log());
    if (!matcher.find()) {
      throw new IllegalStateException("the log has lost a line");
    }
    return new JavaService(process, Integer.parseInt(matcher.group(1)));
  }

  /// Places an order.
  ///
  /// @return the trace id, in hex
  String order() throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + "/order");
    HttpResponse<String> response =
        HTTP.send(
            HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException(
          "order: HTTP " + response.statusCode() + "\n" + process.endOfLog());
    }
    return response.body();
  }

  /// What it and its javaagent have said so far.
  String log() throws Exception {
    return process.log();
  }

  @Override
  public void close() {
    process.close();
  }
}
