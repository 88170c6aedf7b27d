package deepflow.ctl;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Speaks to a server over HTTP.
final class ServerClient {

  private static final JsonMapper JSON = new JsonMapper();

  private final String server;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final Duration timeout;

  /// Speaks to that server.
  ///
  /// @param server `http://host:port`, or only `host:port`
  /// @param timeout of an answer
  ServerClient(String server, Duration timeout) {
    this.timeout = timeout;
    String url = server.contains("://") ? server : "http://" + server;
    this.server = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  /// Tempo's answer to a trace by id, version 2.
  JsonNode trace(String id) throws CtlException, InterruptedException {
    String path = "/api/v2/traces/" + encoded(id);
    return send(HttpRequest.newBuilder(uri(path)).GET());
  }

  /// The result of a statement: columns, values, schemas.
  JsonNode query(String database, String sql) throws CtlException, InterruptedException {
    String form =
        "db=%s&sql=%s"
            .formatted(
                URLEncoder.encode(database, StandardCharsets.UTF_8),
                URLEncoder.encode(sql, StandardCharsets.UTF_8));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri("/v1/query/"))
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form));
    return send(request).path("result");
  }

  /// The DATA of an answer on one of DeepFlow's paths.
  ///
  /// @param body empty for none
  JsonNode data(String method, String path, String body) throws CtlException, InterruptedException {
    HttpRequest.BodyPublisher publisher =
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    return send(HttpRequest.newBuilder(uri(path)).method(method, publisher)).path("DATA");
  }

  /// A text as part of a URL.
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// What became of all spans: columns, values.
  ///
  /// @param by agent, minute, service or reason
  /// @param startNanos ns since 1970-01-01 UTC; 0 leaves it to the server
  /// @param step of how long stretches; empty for all together
  JsonNode ledger(String by, long startNanos, String step)
      throws CtlException, InterruptedException {
    String start = startNanos == 0 ? "" : "&start=" + startNanos;
    String steps = step.isEmpty() ? "" : "&step=" + encoded(step);
    String path = "/v1/ledger?by=%s%s%s".formatted(encoded(by), start, steps);
    return send(HttpRequest.newBuilder(uri(path)).GET());
  }

  private URI uri(String path) throws CtlException {
    try {
      return URI.create(server + path);
    } catch (IllegalArgumentException e) {
      throw new CtlException(2, "--server is no address: " + e.getMessage());
    }
  }

  private JsonNode send(HttpRequest.Builder request) throws CtlException, InterruptedException {
    HttpResponse<String> response;
    try {
      response =
          http.send(
              request.header("accept", "application/json").timeout(timeout).build(),
              HttpResponse.BodyHandlers.ofString());
    } catch (IOException | IllegalArgumentException e) {
      throw new CtlException(
          CtlException.UNREACHABLE,
          "can't reach %s (%s): is the server up? Another address is given with --server"
              .formatted(server, e));
    }
    JsonNode body = json(response);
    if (response.statusCode() != 200) {
      throw new CtlException(CtlException.REFUSED, reason(response.statusCode(), body));
    }
    return body;
  }

  private JsonNode json(HttpResponse<String> response) throws CtlException {
    try {
      return JSON.readTree(response.body());
    } catch (JacksonException _) {
      throw new CtlException(
          CtlException.REFUSED,
          "%s answered %s, but no JSON: is it a deepflow-server?"
              .formatted(server, response.statusCode()));
    }
  }

  /// The server says it in its own form, or in DeepFlow's.
  private static String reason(int status, JsonNode body) {
    String error = body.path("error").asString(body.path("DESCRIPTION").asString(""));
    String hint = body.path("hint").asString("");
    return Cells.printable(
        (error.isEmpty() ? "the server answered " + status : error)
            + (hint.isEmpty() ? "" : "; " + hint));
  }
}
