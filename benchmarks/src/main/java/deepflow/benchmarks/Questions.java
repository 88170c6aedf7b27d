package deepflow.benchmarks;

import deepflow.benchmarks.SpanMill.Width;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a person asks a store of spans that a [SpanMill] made: traces by their ids, and searches.
/// Each question has values of its own, drawn anew, so that no answer is one that was kept.
final class Questions {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final URI server;
  private final Language language;
  private final ProcessGauge gauge;
  private final SpanMill stored;
  private final long requests;
  private final Instant begin;
  private final Random random;

  /// @param server its URL, with the path before its API's if it has one
  /// @param gauge of the processes whose time is told
  /// @param stored made what is asked for
  /// @param requests of it that are there
  /// @param begin of the time that is searched, which ends now
  Questions(
      URI server,
      Language language,
      ProcessGauge gauge,
      SpanMill stored,
      long requests,
      Instant begin,
      Random random) {
    this.server = URI.create(server.toString().replaceFirst("/*$", "/"));
    this.language = language;
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
    kinds.put("trace by id", () -> trace(stored.traceId(request(), trace()), true));
    kinds.put("a trace id that isn't there", () -> trace(bytes(), false));
    searches()
        .forEach((kind, search) -> {
          if (language.canSay(search.get())) {
            kinds.put(kind, () -> question(search.get()));
          }
        });
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
          "%-36s first %6.1f ms, p50 %6.1f ms, p99 %6.1f ms, CPU of the process %6.1f ms each%n",
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
  void askUnderLoad(URI http, Width width, long seed, double rate, int warmUp, int questions)
      throws IOException, InterruptedException {
    StoreLoad fresh = StoreLoad.atRate(http, width, seed, Instant.now(), rate);
    try (LoadRun run = fresh.start(Integer.MAX_VALUE, 2, rate)) {
      Thread.sleep(Duration.ofSeconds(20));
      ask(warmUp, questions);
      System.out.println(run.stop(Duration.ofMinutes(1)));
    }
  }

  private Map<String, Supplier<Search>> searches() {
    Map<String, Supplier<Search>> searches = new LinkedHashMap<>();
    searches.put(
        "service and duration",
        () -> new Search(service(), 30_000 + random.nextInt(9_000), Map.of(), true));
    searches.put("service and attribute", () -> new Search(service(), 0, tenant(), true));
    searches.put("attribute alone", () -> new Search(null, 0, tenant(), true));
    searches.put("two attributes", () -> new Search(null, 0, tenantAndRelease(), true));
    searches.put("a rare value", () -> rare(null));
    searches.put("a service's rare value", () -> rare(stored.service()));
    searches.put("a value that isn't there", () -> new Search(null, 0, nowhere(), false));
    searches.put(
        "a service's value that isn't there", () -> new Search(service(), 0, nowhere(), false));
    searches.put("an array's element", () -> new Search(null, 0, label(), true));
    searches.put(
        "an array's element that isn't there",
        () -> new Search(null, 0, Map.of("labels", absent()), false));
    return searches;
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
    return "%s-%s".formatted(stored.service(), random.nextInt(5));
  }

  private Map<String, String> tenant() {
    return Map.of("tenant", "tenant-" + random.nextInt(300));
  }

  private Map<String, String> tenantAndRelease() {
    return Map.of(
        "tenant", "tenant-" + random.nextInt(300), "release", "2026.11." + random.nextInt(30));
  }

  private Map<String, String> label() {
    return Map.of("labels", "label-" + random.nextInt(SpanMill.LABELS));
  }

  private Map<String, String> nowhere() {
    return Map.of("user.id", absent());
  }

  private String absent() {
    return "x" + random.nextInt(Integer.MAX_VALUE);
  }

  /// A value that one span has.
  ///
  /// @param services what its service's name begins with; null to search in all
  private Search rare(@Nullable String services) {
    try {
      ResourceSpans some =
          ExportTraceServiceRequest.parseFrom(stored.request(request())).getResourceSpans(0);
      List<Span> spans = some.getScopeSpans(0).getSpansList();
      String value =
          value(spans.get(random.nextInt(spans.size())).getAttributesList(), "basket.id");
      String service =
          services == null ? null : value(some.getResource().getAttributesList(), "service.name");
      return new Search(service, 0, Map.of("basket.id", value), true);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String value(List<KeyValue> attributes, String key) {
    return attributes.stream()
        .filter(attribute -> attribute.getKey().equals(key))
        .findFirst()
        .orElseThrow()
        .getValue()
        .getStringValue();
  }

  /// Something to ask, and what the answer has to be.
  private record Question(String path, BiPredicate<Integer, String> isRight) {
    /// @return how long it took, ns
    long ask(URI server) throws IOException, InterruptedException {
      HttpRequest request =
          HttpRequest.newBuilder(server.resolve(path)).timeout(Duration.ofMinutes(1)).build();
      long started = System.nanoTime();
      HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      long nanos = System.nanoTime() - started;
      if (!isRight.test(answer.statusCode(), answer.body())) {
        String said = answer.body().substring(0, Math.min(500, answer.body().length()));
        throw new IllegalStateException("%s was answered %s %s".formatted(path, answer, said));
      }
      return nanos;
    }
  }

  private Question trace(byte[] id, boolean isThere) {
    return new Question(language.path(id), isThere ? language::hasFound : language::hasNoTrace);
  }

  private Question question(Search search) {
    return new Question(
        language.path(search, begin, Instant.now()),
        search.isThere() ? language::hasFound : language::hasNothing);
  }
}
