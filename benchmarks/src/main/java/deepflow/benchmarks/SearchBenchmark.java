package deepflow.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import deepflow.benchmarks.SpanMill.Width;
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
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Measures questions to a store that holds many spans of the last hour, while more come in: traces
/// by their ids, and searches. Each question has values of its own, drawn anew, so that no answer
/// is one that was kept. `benchmarks/search` starts the programs and this.
@Command(
    name = "search-benchmark",
    mixinStandardHelpOptions = true,
    description = "Measures look-ups and searches in a store of many spans, under load.")
public final class SearchBenchmark implements Callable<Integer> {
  private static final Duration SPREAD = Duration.ofMinutes(55);
  private static final int TRACES_IN_REQUEST = 32;
  private static final int SPANS_IN_TRACE = 16;
  private static final String SERVICE = "shop";
  private static final Duration REST_MAX = Duration.ofMinutes(10);
  private static final String FOUND = "traceID";
  private static final String NOTHING = "\"traces\":[]";
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Option(names = "--http", required = true, description = "The agent's OTLP/HTTP endpoint.")
  private URI http = URI.create("");

  @Option(names = "--server", required = true, description = "The server's URL, without a path.")
  private URI server = URI.create("");

  @Option(names = "--pid", required = true, description = "The server's process.")
  private long pid;

  @Option(names = "--spans", defaultValue = "10000000", description = "(${DEFAULT-VALUE})")
  private long spans;

  @Option(
      names = "--rate",
      defaultValue = "20000",
      description = "Spans a second that come in meanwhile (${DEFAULT-VALUE}); 0 for none.")
  private double rate;

  @Option(names = "--questions", defaultValue = "200", description = "Of a kind (${DEFAULT-VALUE})")
  private int questions;

  @Option(
      names = "--warm-up",
      defaultValue = "100",
      description = "Of a kind, asked before those that count (${DEFAULT-VALUE})")
  private int warmUp;

  @Option(names = "--seed", defaultValue = "1", description = "(${DEFAULT-VALUE})")
  private long seed;

  private final Random random = new Random();

  /// When the stored spans begin, in seconds.
  private long begin;

  @Override
  public Integer call() throws Exception {
    random.setSeed(seed);
    long requests = Math.ceilDiv(spans, (long) TRACES_IN_REQUEST * SPANS_IN_TRACE);
    long start = now() - SPREAD.toNanos();
    begin = TimeUnit.NANOSECONDS.toSeconds(start);
    SpanMill stored = mill(seed, start, SPREAD.toNanos() / requests);
    fill(stored, requests);
    System.out.printf("asked while nothing comes in%n");
    ask(stored, requests);
    if (rate > 0) {
      System.out.printf("asked while %,.0f spans a second come in%n", rate);
      askUnderLoad(stored, requests);
    }
    return 0;
  }

  private static SpanMill mill(long seed, long start, long spacing) {
    return new SpanMill(
        SERVICE, seed, start, TRACES_IN_REQUEST, SPANS_IN_TRACE, Width.WIDE, spacing);
  }

  private static long now() {
    return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
  }

  private void fill(SpanMill mill, long requests) throws Exception {
    Load load = load(mill, requests, 4, Double.POSITIVE_INFINITY);
    try (LoadRun run = LoadRun.start(load)) {
      System.out.println(run.finish(Duration.ofMinutes(60)));
    }
    new ProcessGauge(List.of(pid)).awaitRest(REST_MAX);
  }

  private Load load(SpanMill mill, long requests, int connections, double spansPerSecond) {
    return new Load(
        mill,
        requests,
        List.of(new Target.Http(http)),
        connections,
        spansPerSecond,
        Duration.ofMillis(100));
  }

  private void askUnderLoad(SpanMill stored, long requests) throws Exception {
    long spacing = (long) (TRACES_IN_REQUEST * SPANS_IN_TRACE / rate * 1e9);
    SpanMill fresh = mill(seed + 1, now(), spacing);
    try (LoadRun run = LoadRun.start(load(fresh, Long.MAX_VALUE / 1024, 2, rate))) {
      Thread.sleep(Duration.ofSeconds(20));
      ask(stored, requests);
      run.stop(Duration.ofMinutes(1));
    }
  }

  private void ask(SpanMill stored, long requests) throws Exception {
    Map<String, Supplier<Question>> kinds = new LinkedHashMap<>();
    kinds.put("trace by id", () -> trace(stored.traceId(request(requests), trace()), 200));
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
    kinds.put("a rare value", () -> search(rare(stored, request(requests)), FOUND));
    kinds.put(
        "a value that isn't there",
        () -> search("span.user.id = \"x" + random.nextInt(Integer.MAX_VALUE) + '"', NOTHING));
    var gauge = new ProcessGauge(List.of(pid));
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

  private long request(long requests) {
    return random.nextLong(requests);
  }

  private int trace() {
    return random.nextInt(TRACES_IN_REQUEST);
  }

  private byte[] bytes() {
    byte[] id = new byte[16];
    random.nextBytes(id);
    return id;
  }

  private String service() {
    return "resource.service.name = \"%s-%s\"".formatted(SERVICE, random.nextInt(5));
  }

  private String tenant() {
    return "span.tenant = \"tenant-" + random.nextInt(300) + '"';
  }

  /// The condition on a value that one span has.
  private String rare(SpanMill mill, long number) {
    try {
      List<Span> spans =
          ExportTraceServiceRequest.parseFrom(mill.request(number))
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
    long end = TimeUnit.NANOSECONDS.toSeconds(now()) + 1;
    String path =
        "/api/search?limit=20&start=%s&end=%s&q=%s"
            .formatted(begin, end, URLEncoder.encode("{ " + condition + " }", UTF_8));
    return new Question(path, 200, contained);
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SearchBenchmark()).execute(arguments));
  }
}
