package deepflow.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.Server;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The generator's word is what the kill tests rest on: it must not call accepted what was not, nor
/// send other bytes the second time.
class LoadRunTest {
  private static final SpanMill MILL = new SpanMill("shop", 7, 1_795_000_000_000_000_000L, 4, 4);
  private static final ResponseHeaders GRPC =
      ResponseHeaders.builder(HttpStatus.OK)
          .contentType(MediaType.parse("application/grpc"))
          .build();

  private final Map<Integer, AtomicInteger> seen = new ConcurrentHashMap<>();
  private final Queue<HttpResponse> nextHttp = new ConcurrentLinkedQueue<>();
  private final Queue<HttpResponse> nextGrpc = new ConcurrentLinkedQueue<>();
  private Server server = Server.builder().service("/", (_, _) -> HttpResponse.of(200)).build();

  @BeforeEach
  void start() {
    server =
        Server.builder()
            .http(0)
            .service(
                "/v1/traces",
                (_, request) ->
                    answer(
                        request.aggregate().thenApply(whole -> whole.content().array()),
                        nextHttp,
                        HttpResponse.of(HttpStatus.OK, MediaType.PROTOBUF, HttpData.empty())))
            .service(
                "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                (_, request) ->
                    answer(
                        request
                            .aggregate()
                            .thenApply(whole ->
                                Arrays.copyOfRange(
                                    whole.content().array(), 5, whole.content().length())),
                        nextGrpc,
                        grpc("0", new byte[5])))
            .build();
    server.start().join();
  }

  private HttpResponse answer(
      CompletableFuture<byte[]> body, Queue<HttpResponse> next, HttpResponse usual) {
    return HttpResponse.of(
        body.thenApply(bytes -> {
          seen.computeIfAbsent(Arrays.hashCode(bytes), _ -> new AtomicInteger()).incrementAndGet();
          HttpResponse other = next.poll();
          return other == null ? usual : other;
        }));
  }

  private static HttpResponse grpc(String status, byte[] message) {
    HttpHeaders trailers = HttpHeaders.of("grpc-status", status);
    return message.length == 0
        ? HttpResponse.of(GRPC.toBuilder().add("grpc-status", status).endOfStream(true).build())
        : HttpResponse.of(GRPC, HttpData.wrap(message), trailers);
  }

  @AfterEach
  void stop() {
    server.stop().join();
  }

  private LoadReport run(int requests) throws InterruptedException {
    int port = server.activeLocalPort();
    List<Target> targets =
        List.of(
            new Target.Http(URI.create("http://127.0.0.1:" + port + "/v1/traces")),
            new Target.Grpc("127.0.0.1", port));
    Load load =
        new Load(MILL, requests, targets, 4, Double.POSITIVE_INFINITY, Duration.ofMillis(1));
    try (LoadRun run = LoadRun.start(load)) {
      return run.finish(Duration.ofSeconds(30));
    }
  }

  @Test
  void sendsEachRequestOnceWhenAllAreTaken() throws Exception {
    LoadReport report = run(200);

    assertThat(report.acceptedSpans()).isEqualTo(200L * 16);
    assertThat(report.resends()).isZero();
    assertThat(seen).hasSize(200);
    assertThat(seen.values()).allSatisfy(times -> assertThat(times).hasValue(1));
  }

  @Test
  void sendsTheSameBytesAgainWhenAskedTo() throws Exception {
    nextHttp.add(HttpResponse.of(503));
    nextGrpc.add(grpc("14", new byte[0]));

    LoadReport report = run(200);

    assertThat(report.acceptedRequests()).isEqualTo(200);
    assertThat(report.resends()).isEqualTo(2);
    assertThat(seen).hasSize(200);
    assertThat(seen.values().stream().mapToInt(AtomicInteger::get).sum()).isEqualTo(202);
  }

  @Test
  void callsNothingAcceptedThatWasRefused() throws Exception {
    nextHttp.add(HttpResponse.of(400));
    nextGrpc.add(grpc("3", new byte[0]));

    LoadReport report = run(200);

    assertThat(report.acceptedRequests()).isEqualTo(198);
    assertThat(report.refusals().values()).containsOnly(1L).hasSize(2);
  }

  @Test
  void takesAPartialSuccessForARefusal() throws Exception {
    nextHttp.add(HttpResponse.of(HttpStatus.OK, MediaType.PROTOBUF, new byte[] {10, 2, 8, 1}));
    nextGrpc.add(grpc("0", new byte[] {0, 0, 0, 0, 4, 10, 2, 8, 1}));

    LoadReport report = run(200);

    assertThat(report.acceptedRequests()).isEqualTo(198);
    assertThat(report.refusals()).hasSize(2);
  }

  @Test
  @Timeout(60)
  void countsNoResendWhileThereIsNobodyToSendTo() throws Exception {
    int port = server.activeLocalPort();
    server.stop().join();

    List<Target> targets =
        List.of(
            new Target.Http(URI.create("http://127.0.0.1:" + port + "/v1/traces")),
            new Target.Grpc("127.0.0.1", port));
    Load load = new Load(MILL, 4, targets, 4, Double.POSITIVE_INFINITY, Duration.ofMillis(1));
    try (LoadRun run = LoadRun.start(load)) {
      while (run.failures().size() < 2) {
        Thread.sleep(10);
      }
      LoadReport report = run.finish(Duration.ZERO);

      assertThat(report.resends()).isZero();
      assertThat(report.acceptedRequests()).isZero();
      assertThat(report.unanswered()).isEqualTo(4);
    }
  }
}
