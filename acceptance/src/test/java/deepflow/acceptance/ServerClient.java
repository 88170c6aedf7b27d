package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.TracesData;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks a server as people and dashboards do: DeepFlow's SQL, Tempo's API, the UI's own.
final class ServerClient {
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final DeepFlow.Address address;

  ServerClient(DeepFlow.Address address) {
    this.address = address;
  }

  /// Rows of `POST /v1/query/` on the database `flow_log`.
  List<List<JsonNode>> query(String sql) throws IOException, InterruptedException {
    String form = "db=flow_log&sql=" + URLEncoder.encode(sql, StandardCharsets.UTF_8);
    HttpRequest request =
        to("/v1/query/")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
    HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as("%s\n%s", sql, response.body()).isEqualTo(200);
    JsonNode answer = JSON.readTree(response.body());
    assertThat(answer.path("OPT_STATUS").asString()).as(response.body()).isEqualTo("SUCCESS");
    List<List<JsonNode>> rows = new ArrayList<>();
    answer.path("result").path("values").forEach(row -> rows.add(List.copyOf(row.values())));
    return rows;
  }

  /// The only value of the only row.
  long number(String sql) throws IOException, InterruptedException {
    List<List<JsonNode>> rows = query(sql);
    assertThat(rows).as(sql).hasSize(1);
    return rows.getFirst().getFirst().asLong();
  }

  /// A trace by Tempo's API, as protobuf; empty when the server doesn't know it.
  Optional<TracesData> trace(String traceId) throws IOException, InterruptedException {
    HttpRequest request =
        to("/api/traces/" + traceId).header("Accept", "application/protobuf").build();
    HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() == 404) {
      return Optional.empty();
    }
    assertThat(response.statusCode())
        .as(() -> new String(response.body(), StandardCharsets.UTF_8))
        .isEqualTo(200);
    // Tempo's Trace has the same bytes as OTLP's TracesData.
    return Optional.of(TracesData.parseFrom(response.body()));
  }

  /// The newest traces of a service, as the UI lists them.
  JsonNode traces(String service, int limit) throws IOException, InterruptedException {
    return json(
        "/v1/traces?limit="
            + limit
            + "&service="
            + URLEncoder.encode(service, StandardCharsets.UTF_8));
  }

  JsonNode json(String path) throws IOException, InterruptedException {
    HttpResponse<String> response = get(path);
    assertThat(response.statusCode()).as("%s\n%s", path, response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return HTTP.send(to(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder to(String path) {
    URI uri = address.onServer(path);
    return HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60));
  }
}
