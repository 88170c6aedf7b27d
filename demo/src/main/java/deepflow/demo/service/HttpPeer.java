package deepflow.demo.service;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Another service, as one that speaks HTTP sees it.
final class HttpPeer {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  private final String name;
  private final String address;

  /// @param address `host:port`
  HttpPeer(String name, String address) {
    this.name = name;
    this.address = address;
  }

  /// Its answer to a request.
  ///
  /// @throws ShopException with its status when it refuses, with 502 when it fails and 504 when it
  ///   doesn't answer
  JsonNode get(String pathAndQuery) throws ShopException {
    URI uri = URI.create("http://" + address + pathAndQuery);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
    try {
      return body(HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new ShopException(504, name + " did not answer: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ShopException(503, name + " was not waited for");
    }
  }

  private JsonNode body(HttpResponse<String> response) throws ShopException {
    JsonNode body = JSON.readTree(response.body());
    if (response.statusCode() == 200) {
      return body;
    }
    String error = name + ": " + body.path("error").asString("");
    throw new ShopException(response.statusCode() < 500 ? response.statusCode() : 502, error);
  }
}
