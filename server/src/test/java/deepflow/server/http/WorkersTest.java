package deepflow.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpResponse;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One thread for questions and one place to wait, behind a real listener.
@Timeout(60)
class WorkersTest {
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");

  private final Workers workers = new Workers(1, 1);
  private final Routes routes = new Routes();

  /// Questions that were taken or turned away.
  private final Semaphore asked = new Semaphore(0);

  private final Semaphore turnedAway = new Semaphore(0);
  private final Semaphore started = new Semaphore(0);
  private final Semaphore interrupted = new Semaphore(0);
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger counted = new AtomicInteger();
  private HttpServer server = serve(Duration.ofMinutes(1));

  private HttpServer serve(Duration requestTime) {
    routes.get("/slow", (_, _) -> ask(this::slow));
    routes.get("/quick", (_, _) -> ask(WorkersTest::quick));
    routes.get("/counted", (_, _) -> ask(this::count));
    HttpConfig usual =
        HttpConfig.at(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            KnownHosts.of("127.0.0.1", List.of()));
    HttpConfig config =
        new HttpConfig(
            usual.address(),
            usual.knownHosts(),
            usual.requestBytesMax(),
            requestTime,
            usual.idleTime(),
            usual.connectionsMax());
    try {
      return HttpServer.start(
          config,
          routes,
          new Health(List::of),
          new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse ask(Supplier<HttpResponse> question) {
    HttpResponse answer = workers.answer(question, this::turnAway);
    asked.release();
    return answer;
  }

  private HttpResponse turnAway() {
    turnedAway.release();
    return Answers.busy("too many ask at once");
  }

  private HttpResponse slow() {
    started.release();
    try {
      release.await();
      return HttpResponse.of("released");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      interrupted.release();
      return HttpResponse.of("interrupted");
    }
  }

  private static HttpResponse quick() {
    return HttpResponse.of(Thread.currentThread().isInterrupted() ? "interrupted" : "undisturbed");
  }

  private HttpResponse count() {
    return HttpResponse.of("asked %s times".formatted(counted.incrementAndGet()));
  }

  @AfterEach
  void close() {
    release.countDown();
    server.close();
    workers.close();
  }

  private Socket asks(String path) throws Exception {
    Socket socket = new Socket(server.address().getAddress(), server.address().getPort());
    String end = " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(("GET " + path + end).getBytes(UTF_8));
    asked.acquire();
    return socket;
  }

  /// Asks until there is a place: the server has to hear that one is free.
  private Socket findsAPlace(String path) throws Exception {
    Socket socket = asks(path);
    while (turnedAway.tryAcquire()) {
      socket.close();
      socket = asks(path);
    }
    return socket;
  }

  /// Without waiting until the server closes, which it leaves to the client for a while.
  private static String answer(Socket socket) throws IOException {
    try (socket) {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = socket.getInputStream().read();
        assertThat(next).as(head.toString()).isNotNegative();
        head.append((char) next);
      }
      Matcher length = LENGTH.matcher(head);
      assertThat(length.find()).as(head.toString()).isTrue();
      byte[] body = socket.getInputStream().readNBytes(Integer.parseInt(length.group(1)));
      return head + new String(body, UTF_8);
    }
  }

  @Test
  void aQuestionEndsWhenItsClientIsGoneAndDoesNotDisturbTheNext() throws Exception {
    for (int i = 0; i < 3; i++) {
      Socket leaving = asks("/slow");
      started.acquire();
      leaving.close();

      assertThat(answer(findsAPlace("/quick"))).contains("undisturbed");
      assertThat(interrupted.tryAcquire()).isTrue();
    }
  }

  @Test
  void aQuestionThatWaitsIsNeverAskedWhenItsClientIsGone() throws Exception {
    Socket patient = asks("/slow");
    started.acquire();
    Socket leaving = asks("/counted");
    leaving.close();

    Socket next = findsAPlace("/quick");
    release.countDown();

    assertThat(answer(patient)).contains("released");
    assertThat(answer(next)).contains("undisturbed");
    assertThat(counted).hasValue(0);
  }

  @Test
  void aQuestionEndsWhenItTakesTooLong() throws Exception {
    server.close();
    server = serve(Duration.ofMillis(300));

    assertThat(answer(asks("/slow"))).startsWith("HTTP/1.1 503 ");

    interrupted.acquire();
  }
}
