package deepflow.demo.run;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/// Finds the agent.
public final class Intake {
  /// In place of a status when nobody answers.
  static final int NOBODY = -1;

  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final URI OTLP = URI.create("http://127.0.0.1:4318");
  private static final URI AGENT = URI.create("http://127.0.0.1:38086");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

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
  public static URI check(URI given) throws ShopDownException, InterruptedException {
    if (status(given) == NOBODY) {
      throw new ShopDownException(
          "nobody answers on %s (--otlp): run ./deepflow up first".formatted(given));
    }
    return given;
  }

  private static boolean isReady(URI agent) throws InterruptedException {
    return status(agent.resolve("/ready")) == 200;
  }

  /// What is answered to a GET request, or [#NOBODY].
  static int status(URI uri) throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException _) {
      return NOBODY;
    }
  }
}
