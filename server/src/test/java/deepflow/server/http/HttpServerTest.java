package deepflow.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpResponse;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Speaks HTTP by hand, because clients refuse to send what is tried here.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpServerTest {

  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

  private final AtomicReference<List<String>> problems = new AtomicReference<>(List.of());
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch started = new CountDownLatch(2);
  private HttpServer server = newServer();
  private Workers workers = new Workers(2, 1);

  private HttpServer newServer() {
    workers = new Workers(2, 1);
    Routes routes = new Routes();
    routes.post("/v1/query/", (_, _) -> HttpResponse.of("{}"));
    routes.get("/v1/traces", (_, _) -> HttpResponse.of("x".repeat(100_000)));
    routes.get(
        "/slow",
        (_, _) -> workers.answer(this::waitForRelease, () -> Answers.busy("too many ask at once")));
    routes.get(
        "/broken",
        (_, _) -> {
          throw new IllegalStateException("secret");
        });
    try {
      return HttpServer.start(
          HttpConfig.at(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              KnownHosts.of("127.0.0.1", List.of("traces.example.org"))),
          routes,
          new Health(problems::get),
          new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse waitForRelease() {
    started.countDown();
    try {
      release.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return HttpResponse.of("done");
  }

  @AfterAll
  void close() {
    release.countDown();
    server.close();
    workers.close();
  }

  private String ask(String request) {
    try (Socket socket = new Socket(server.address().getAddress(), server.address().getPort())) {
      socket.setSoTimeout(20_000);
      String whole = request.replace("\n", "\r\n") + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(whole.getBytes(StandardCharsets.UTF_8));
      return answer(socket.getInputStream());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Up to the body's end: not every refusal closes the connection.
  private static String answer(InputStream in) throws IOException {
    StringBuilder answer = new StringBuilder();
    int wanted = Integer.MAX_VALUE;
    while (answer.length() < wanted) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      answer.append((char) next);
      if (wanted == Integer.MAX_VALUE && answer.lastIndexOf("\r\n\r\n") >= 0) {
        Matcher length = LENGTH.matcher(answer);
        wanted = length.find() ? answer.length() + Integer.parseInt(length.group(1)) : wanted - 1;
      }
    }
    return answer.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:20416",
        "127.0.0.1:1",
        "[::1]:20416",
        "10.1.2.3",
        "deepflow-server.deepflow.svc:20416",
        "traces.example.org",
        "ui.localhost"
      })
  void answersUnderNamesThatNobodyElseCanGive(String host) {
    assertThat(ask("GET /live HTTP/1.1\nHost: " + host)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:20416",
        "evil.svc.example",
        "[evil"
      })
  void refusesAForeignNameSoThatItCantBeReboundToUs(String host) {
    String answer = ask("GET /live HTTP/1.1\nHost: " + host);

    assertThat(answer).doesNotStartWith("HTTP/1.1 200 ");
    assertThat(answer).doesNotContain("live\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://localhost:1",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site"
      })
  void refusesWhatAPageOfAnotherSitePosts(String header) {
    String answer =
        ask("POST /v1/query/ HTTP/1.1\nHost: localhost:20416\nContent-Length: 0\n" + header);

    assertThat(answer).startsWith("HTTP/1.1 403 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Nothing: 1",
        "Origin: http://localhost:20416",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Site: none"
      })
  void takesWhatProgramsAndOurOwnPagesPost(String header) {
    assertThat(ask("POST /v1/query/ HTTP/1.1\nHost: localhost:20416\nContent-Length: 0\n" + header))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void allowsNoOtherOriginToReadAnswers() {
    assertThat(
            ask("GET /v1/traces HTTP/1.1\nHost: localhost\nOrigin: http://evil.example")
                .toLowerCase(Locale.ROOT))
        .doesNotContain("access-control-allow");
  }

  @Test
  void tellsBrowsersWhatPagesMayDo() {
    assertThat(ask("GET /live HTTP/1.1\nHost: localhost").toLowerCase(Locale.ROOT))
        .contains(
            "content-security-policy: default-src 'none'; script-src 'self'",
            "x-content-type-options: nosniff",
            "referrer-policy: same-origin")
        .doesNotContain("unsafe");
  }

  @Test
  void answersAnUnknownPathAndAWrongMethodInJson() {
    assertThat(ask("GET /nothing HTTP/1.1\nHost: localhost"))
        .startsWith("HTTP/1.1 404 ")
        .contains("application/json", "{\"error\":\"there is nothing at /nothing\"}");
    assertThat(ask("DELETE /v1/query/ HTTP/1.1\nHost: localhost"))
        .startsWith("HTTP/1.1 405 ")
        .contains("allow: POST", "{\"error\":\"takes POST only\"}");
    assertThat(ask("OPTIONS /v1/query/ HTTP/1.1\nHost: localhost")).startsWith("HTTP/1.1 405 ");
  }

  @Test
  void keepsAFailuresReasonToItself() {
    assertThat(ask("GET /broken HTTP/1.1\nHost: localhost"))
        .startsWith("HTTP/1.1 500 ")
        .doesNotContain("secret");
  }

  @Test
  void refusesABodyThatIsTooLarge() {
    String body = "x".repeat((1 << 20) + 1);

    assertThat(
            ask(
                "POST /v1/query/ HTTP/1.1\nHost: localhost\nContent-Length: "
                    + body.length()
                    + "\nConnection: close\n\n"
                    + body))
        .startsWith("HTTP/1.1 413 ");
  }

  @Test
  void compressesAnswersForThoseWhoTakeIt() {
    assertThat(ask("GET /v1/traces HTTP/1.1\nHost: localhost\nAccept-Encoding: gzip"))
        .contains("content-encoding: gzip")
        .hasSizeLessThan(5_000);
  }

  @Test
  void saysReadyOnlyWhenNothingStandsAgainstIt() {
    assertThat(ask("GET /ready HTTP/1.1\nHost: localhost")).startsWith("HTTP/1.1 200 ");

    problems.set(List.of("ingest has stopped"));

    assertThat(ask("GET /ready HTTP/1.1\nHost: localhost"))
        .startsWith("HTTP/1.1 503 ")
        .contains("ingest has stopped");
    problems.set(List.of());
  }

  @Test
  void turnsAQuestionAwayWhenAllWorkersAreTakenAndTheQueueIsFull() throws Exception {
    List<CompletableFuture<String>> atWork = List.of(askLater("/slow"), askLater("/slow"));
    started.await();

    // One of the two finds the last place in the queue.
    CompletableFuture<String> first = askLater("/slow");
    CompletableFuture<String> second = askLater("/slow");
    CompletableFuture<?> turnedAway = CompletableFuture.anyOf(first, second);

    assertThat(turnedAway.get(20, TimeUnit.SECONDS).toString())
        .startsWith("HTTP/1.1 503 ")
        .contains("retry-after: 1");
    assertThat(ask("GET /live HTTP/1.1\nHost: localhost")).startsWith("HTTP/1.1 200 ");
    release.countDown();
    for (CompletableFuture<String> one : atWork) {
      assertThat(one.get(20, TimeUnit.SECONDS)).contains("done");
    }
  }

  private CompletableFuture<String> askLater(String path) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> answer.complete(ask("GET " + path + " HTTP/1.1\nHost: localhost")));
    return answer;
  }

  @Test
  void servesMetrics() {
    assertThat(ask("GET /metrics HTTP/1.1\nHost: localhost"))
        .startsWith("HTTP/1.1 200 ")
        .contains("# TYPE armeria_");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../logback.xml",
        "/..%2flogback.xml",
        "/assets/../../http/Guard.class",
        "/assets/%2e%2e/x",
        "/a%00.js",
        "/index.html.br",
        "/assets//x",
        "/.hidden"
      })
  void givesOnlyFilesOfTheUi(String path) {
    assertThat(ask("GET " + path + " HTTP/1.1\nHost: localhost")).startsWith("HTTP/1.1 4");
  }
}
