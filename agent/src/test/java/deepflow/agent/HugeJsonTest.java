package deepflow.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The largest JSON that an agent with the memory that is shipped takes, made of what a parser
/// would keep in memory: a few bytes from a sender must not end the agent.
class HugeJsonTest {
  /// What OTLP recommends.
  private static final int BYTES_MAX = 64 << 20;

  private static final String BEGIN = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[";
  private static final String SPAN =
      "{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\"";
  private static final String END = "}]}]}]}";

  @TempDir Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private AgentProcess agent;
  private String endpoint;

  @BeforeEach
  void start() throws Exception {
    Path options = Path.of("src", "main", "dist", "jvm.options");
    agent =
        AgentProcess.start(
            "@" + options, data, "--agent-port=0", "--otlp-grpc-port=0", "--otlp-http-port=0");
    endpoint = agent.awaitEndpoint();
  }

  @AfterEach
  void stop() {
    agent.process().destroyForcibly();
  }

  @Test
  void isKeptWhenItIsOneString() throws Exception {
    String begin = BEGIN + SPAN + ",\"name\":\"中" + letters();
    byte[] body = gzip(begin, "a", BYTES_MAX - bytes(begin) - bytes("\"" + END), "\"" + END);
    assertThat(body).hasSizeLessThan(80_000);

    HttpResponse<String> alone = send(body).join();
    List<CompletableFuture<HttpResponse<String>>> together =
        Stream.generate(() -> send(body)).limit(4).toList();

    assertThat(alone.statusCode()).as(alone.body()).isEqualTo(200);
    for (CompletableFuture<HttpResponse<String>> sent : together) {
      HttpResponse<String> answer = sent.join();
      assertThat(answer.statusCode()).as(answer.body()).isIn(200, 503);
    }
    assertThatItLives();
  }

  @Test
  void isRefusedWhenItIsMadeOfNames() throws Exception {
    StringBuilder names = new StringBuilder(BEGIN + SPAN);
    for (int i = 0; names.length() < BYTES_MAX - 100; i++) {
      names.append(",\"").append(Integer.toString(i, 36)).append("\":1");
    }
    byte[] body = gzip(names.toString(), "", 0, END);
    List<CompletableFuture<HttpResponse<String>>> together =
        Stream.generate(() -> send(body)).limit(4).toList();

    for (CompletableFuture<HttpResponse<String>> sent : together) {
      HttpResponse<String> answer = sent.join();
      assertThat(answer.statusCode()).as(answer.body()).isIn(400, 503);
    }
    assertThatItLives();
  }

  private void assertThatItLives() throws Exception {
    byte[] small = gzip(BEGIN + SPAN + END, "", 0, "");
    assertThat(send(small).join().statusCode()).isEqualTo(200);
    agent.process().toHandle().destroy(); // the process's own would close what it still says
    assertThat(agent.awaitEnd()).doesNotContain("OutOfMemoryError", "because of a bug");
  }

  private CompletableFuture<HttpResponse<String>> send(byte[] body) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create(endpoint + "/v1/traces"))
            .version(HttpClient.Version.HTTP_1_1)
            .header("content-type", "application/json")
            .header("content-encoding", "gzip")
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofString());
  }

  /// So many that a body of them isn't taken for a bomb.
  private static String letters() {
    StringBuilder letters = new StringBuilder();
    new Random(7).ints(10_000, 'a', 'z' + 1).forEach(letters::appendCodePoint);
    return letters.toString();
  }

  private static int bytes(String text) {
    return text.getBytes(UTF_8).length;
  }

  private static byte[] gzip(String begin, String filling, int times, String end)
      throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(body)) {
      gzip.write(begin.getBytes(UTF_8));
      gzip.write(filling.repeat(times).getBytes(UTF_8));
      gzip.write(end.getBytes(UTF_8));
    }
    return body.toByteArray();
  }
}
