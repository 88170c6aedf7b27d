package deepflow.acceptance;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The HTTP API of a Kubernetes API server. Safe for use by many threads.
final class KubernetesHttp implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  private final URI server;
  private final String token;
  private final HttpClient client;

  /// @param certificates of the server and its authority, in PEM
  KubernetesHttp(URI server, Path certificates, String token)
      throws GeneralSecurityException, IOException {
    this.server = server;
    this.token = token;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(trusting(certificates))
            .build();
  }

  private static SSLContext trusting(Path certificates)
      throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(certificates)) {
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("c" + trusted.size(), one);
      }
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /// The answer to a question.
  String get(String path) throws IOException, InterruptedException {
    return ok("GET", path, "application/json", "");
  }

  /// Makes an object.
  ///
  /// @param path of the collection it belongs to
  void create(String path, String json) throws IOException, InterruptedException {
    String _ = ok("POST", path, "application/json", json);
  }

  /// Changes what the JSON has.
  void merge(String path, String json) throws IOException, InterruptedException {
    String _ = ok("PATCH", path, "application/merge-patch+json", json);
  }

  /// Takes an object away at once, as when its node has ended it.
  void delete(String path) throws IOException, InterruptedException {
    String _ = ok("DELETE", path + "?gracePeriodSeconds=0", "application/json", "");
  }

  /// The uid of an object.
  String uid(String path) throws IOException, InterruptedException {
    return JSON.readTree(get(path)).path("metadata").path("uid").asString();
  }

  /// The version that everything has reached, which is etcd's revision.
  String version() throws IOException, InterruptedException {
    JsonNode list = JSON.readTree(get("/api/v1/namespaces?limit=1"));
    return list.path("metadata").path("resourceVersion").asString();
  }

  /// What a watch of all pods from an old version is told within a second.
  String watchPods(String version) throws IOException, InterruptedException {
    String path = "/api/v1/pods?watch=true&timeoutSeconds=1&resourceVersion=" + version;
    return ask("GET", path, "application/json", "").body();
  }

  private String ok(String method, String path, String type, String json)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = ask(method, path, type, json);
    if (answer.statusCode() >= 300) {
      throw new AssertionError(
          "%s %s: %s %s".formatted(method, path, answer.statusCode(), answer.body()));
    }
    return answer.body();
  }

  private HttpResponse<String> ask(String method, String path, String type, String json)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(server.resolve(path))
            .timeout(Duration.ofSeconds(30))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    client.close();
  }
}
