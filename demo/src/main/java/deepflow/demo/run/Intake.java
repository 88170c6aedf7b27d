package deepflow.demo.run;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// Finds the agent.
public final class Intake {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final URI OTLP = URI.create("http://127.0.0.1:4318");
  private static final URI AGENT = URI.create("http://127.0.0.1:38086");
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(PATIENCE)
          .build();

  private Intake() {}

  /// Where a running agent takes OTLP over HTTP: on OTLP's port, unless somebody else has that.
  public static URI find() throws ShopDownException, InterruptedException {
    if (!isReady(AGENT)) {
      throw new ShopDownException(
          "no agent answers on %s: run ./deepflow up first, or name another with --otlp"
              .formatted(AGENT));
    }
    return isReady(OTLP) ? OTLP : AGENT;
  }

  /// The same, for an address that was given.
  public static URI check(URI given) throws ShopDownException {
    if (!isOpen(given.getHost(), port(given))) {
      throw new ShopDownException(
          "nobody answers on %s (--otlp): run ./deepflow up first".formatted(given));
    }
    return given;
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
  }

  static boolean isOpen(String host, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), (int) PATIENCE.toMillis());
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean isReady(URI agent) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(agent.resolve("/ready")).timeout(PATIENCE).build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException _) {
      return false;
    }
  }
}
