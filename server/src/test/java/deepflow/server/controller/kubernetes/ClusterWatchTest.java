package deepflow.server.controller.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import deepflow.server.labeler.Labeler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How often an API server is asked that doesn't give what is asked for.
class ClusterWatchTest {
  private static final String PODS = "/api/v1/pods";
  private static final String SERVICES = "/api/v1/services";
  private static final String NODES = "/api/v1/nodes";
  private static final int KINDS = 13;

  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();

  @Test
  void whatIsRefusedIsAskedForLessAndLess(@TempDir Path folder) throws Exception {
    HttpServer api = HttpServer.create(loopback(), 0);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Labeler labeler = new Labeler(InstantSource.system())) {
      api.setExecutor(threads);
      api.createContext("/", this::refuse);
      api.start();
      try (ClusterWatch _ = watch(folder, api.getAddress().getPort(), labeler)) {
        Thread.sleep(10_000);
      }
      api.stop(0);
    }

    assertThat(requests.keySet().stream().filter(key -> !key.contains(" "))).hasSize(KINDS);
    assertThat(requests)
        .allSatisfy((path, count) -> assertThat(count.get()).as(path).isBetween(2, 4));
    assertThat(requests.get(PODS)).hasValueLessThanOrEqualTo(2);
  }

  /// Pods: come back in 6 s. Services: may be listed, not watched. Nodes: the second page is too
  /// much. Others: forbidden.
  private void refuse(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String query = exchange.getRequestURI().getQuery();
    boolean watch = query.contains("watch=true");
    boolean laterPage = query.contains("continue=");
    requests
        .computeIfAbsent(
            path + (watch ? " watched" : laterPage ? " continued" : ""), _ -> new AtomicInteger())
        .incrementAndGet();
    if (path.equals(PODS)) {
      exchange.getResponseHeaders().add("Retry-After", "6");
      answer(exchange, 429, "");
    } else if (path.equals(SERVICES) && !watch) {
      answer(exchange, 200, list("ServiceList", ""));
    } else if (path.equals(NODES)) {
      answer(exchange, laterPage ? 500 : 200, list("NodeList", "more"));
    } else {
      answer(exchange, 403, "");
    }
  }

  private static String list(String kind, String next) {
    return """
    {"kind":"%s","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"%s"},"items":[]}
    """
        .formatted(kind, next);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  /// Labels are to be right within 5 s of its return.
  @Test
  void aGatewayWhoseServerIsAwayIsAskedEachFewSeconds() {
    for (int count = 1; count < 40; count++) {
      for (int code : List.of(502, 503, 504)) {
        assertThat(RefusedRequests.held(count, code, Duration.ZERO))
            .isLessThanOrEqualTo(Duration.ofSeconds(5));
      }
    }
    assertThat(RefusedRequests.held(20, 403, Duration.ZERO))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(48));
    assertThat(RefusedRequests.held(20, 503, Duration.ofSeconds(30)))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(30));
  }

  /// Likewise.
  @Test
  void whoCannotBeReachedIsLookedForSeveralTimesASecond(@TempDir Path folder) throws Exception {
    AtomicInteger connections = new AtomicInteger();
    try (ServerSocket api = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Labeler labeler = new Labeler(InstantSource.system())) {
      Thread.ofVirtual().start(() -> hangUp(api, connections));
      try (ClusterWatch _ = watch(folder, api.getLocalPort(), labeler)) {
        Thread.sleep(3_000);
        connections.set(0);
        Thread.sleep(2_000);
      }
    }

    assertThat(connections).hasValueGreaterThan(2 * KINDS);
  }

  private static void hangUp(ServerSocket api, AtomicInteger connections) {
    try {
      while (true) {
        api.accept().close();
        connections.incrementAndGet();
      }
    } catch (IOException _) {
      // The test is over.
    }
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static ClusterWatch watch(Path folder, int port, Labeler labeler) throws IOException {
    Path kubeconfig =
        Files.writeString(
            folder.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            clusters: [{name: test, cluster: {server: "http://127.0.0.1:%s"}}]
            users: [{name: test, user: {token: test}}]
            contexts: [{name: test, context: {cluster: test, user: test}}]
            current-context: test
            """
                .formatted(Integer.toString(port)));
    return ClusterWatch.start(
        new KubernetesConfig.OtherCluster("", kubeconfig),
        new KubernetesConfig(List.of(), List.of(), List.of()),
        labeler.add());
  }
}
