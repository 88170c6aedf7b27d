package deepflow.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/// What a person asks a store of spans that a [SpanMill] made: traces by their ids, and searches.
/// Each question has values of its own, drawn anew, so that no answer is one that was kept.
final class Questions {
  private static final String FOUND = "traceID";
  private static final String NOTHING = "\"traces\":[]";
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final URI server;
  private final ProcessGauge gauge;
  private final SpanMill stored;
  private final long requests;
  private final Instant begin;
  private final Random random;

  /// @param gauge of the processes whose time is told
  /// @param stored made what is asked for
  /// @param requests of it that are there
  /// @param begin of the time that is searched, which ends now
  Questions(
      URI server,
      ProcessGauge gauge,
      SpanMill stored,
      long requests,
      Instant begin,
      Random random) {
    this.server = server;
    this.gauge = gauge;
    this.stored = stored;
    this.requests = requests;
    this.begin = begin;
    this.random = random;
  }

  /// Asks, and prints how long the answers took.
  ///
  /// @param warmUp questions of a kind before those that count
  /// @param questions of a kind
  void ask(int warmUp, int questions) throws IOException, InterruptedException {
    Map<String, Supplier<Question>> kinds = new LinkedHashMap<>();
    kinds.put("trace by id", () -> trace(stored.traceId(request(), trace()), 200));
    kinds.put("a trace id that isn't there", () -> trace(bytes(), 404));
    kinds.put(
        "service and duration",
        () ->
            search(service() + " && duration > " + (30_000 + random.nextInt(9_000)) + "us", FOUND));
    kinds.put("service and attribute", () -> search(service() + " && " + tenant(), FOUND));
    kinds.put("attribute alone", () -> search(tenant(), FOUND));
    kinds.put(
        "two attributes",
        () -> search(tenant() + " && span.release = \"2026.11." + random.nextInt(30) + '"', FOUND));
    kinds.put("a rare value", () -> search(rare(request()), FOUND));
    kinds.put(
        "a value that isn't there",
        () -> search("span.user.id = \"x" + random.nextInt(Integer.MAX_VALUE) + '"', NOTHING));
    for (Map.Entry<String, Supplier<Question>> kind : kinds.entrySet()) {
      Latencies latencies = new Latencies();
      long first = kind.getValue().get().ask(server);
      for (int i = 0; i < warmUp; i++) {
        kind.getValue().get().ask(server);
      }
      double before = gauge.cpuSeconds();
      for (int i = 0; i < questions; i++) {
        latencies.add(kind.getValue().get().ask(server));
      }
      System.out.printf(
          "%-28s first %6.1f ms, p50 %6.1f ms, p99 %6.1f ms, CPU of the process %6.1f ms each%n",
          kind.getKey(),
          first / 1e6,
          latencies.millis(0.5),
          latencies.millis(0.99),
          (gauge.cpuSeconds() - before) * 1000 / questions);
    }
  }

  /// The same while more comes in, and has for 20 s.
  ///
  /// @param seed of what comes in
  /// @param rate spans a second
  void askUnderLoad(URI http, long seed, double rate, int warmUp, int questions)
      throws IOException, InterruptedException {
    StoreLoad fresh = StoreLoad.atRate(http, seed, Instant.now(), rate);
    try (LoadRun run = fresh.start(Integer.MAX_VALUE, 2, rate)) {
      Thread.sleep(Duration.ofSeconds(20));
      ask(warmUp, questions);
      System.out.println(run.stop(Duration.ofMinutes(1)));
    }
  }

  private long request() {
    return random.nextLong(requests);
  }

  private int trace() {
    return random.nextInt(stored.tracesInRequest());
  }

  private byte[] bytes() {
    byte[] id = new byte[16];
    random.nextBytes(id);
    return id;
  }

  private String service() {
    return "resource.service.name = \"%s-%s\"".formatted(stored.service(), random.nextInt(5));
  }

  private String tenant() {
    return "span.tenant = \"tenant-" + random.nextInt(300) + '"';
  }

  /// The condition on a value that one span has.
  private String rare(long number) {
    try {
      List<Span> spans =
          ExportTraceServiceRequest.parseFrom(stored.request(number))
              .getResourceSpans(0)
              .getScopeSpans(0)
              .getSpansList();
      KeyValue value =
          spans.get(random.nextInt(spans.size())).getAttributesList().stream()
              .filter(attribute -> attribute.getKey().equals("basket.id"))
              .findFirst()
              .orElseThrow();
      return "span.basket.id = \"%s\"".formatted(value.getValue().getStringValue());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Something to ask, and what the answer has to be.
  ///
  /// @param contained what stands in it
  private record Question(String path, int status, String contained) {
    /// @return how long it took, ns
    long ask(URI server) throws IOException, InterruptedException {
      HttpRequest request =
          HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofMinutes(1)).build();
      long started = System.nanoTime();
      HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      long nanos = System.nanoTime() - started;
      if (answer.statusCode() != status || !answer.body().contains(contained)) {
        throw new IllegalStateException(path + " was answered " + answer + answer.body());
      }
      return nanos;
    }
  }

  private static Question trace(byte[] id, int status) {
    return new Question("/api/traces/" + HexFormat.of().formatHex(id), status, "");
  }

  private Question search(String condition, String contained) {
    String path =
        "/api/search?limit=20&start=%s&end=%s&q=%s"
            .formatted(
                begin.getEpochSecond(),
                Instant.now().getEpochSecond() + 1,
                URLEncoder.encode("{ " + condition + " }", UTF_8));
    return new Question(path, 200, contained);
  }
}
