package deepflow.benchmarks;

import deepflow.benchmarks.SpanMill.Width;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Measures the whole path, from a sender's request to a trace that is read back, of programs that
/// run already. `benchmarks/run` starts them and this.
@Command(
    name = "path-benchmark",
    mixinStandardHelpOptions = true,
    description = "Measures spans per CPU second, bytes per span, memory and look-ups.")
public final class PathBenchmark implements Callable<Integer> {
  private static final Duration REST_MAX = Duration.ofMinutes(5);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Option(names = "--http", required = true, description = "The agent's OTLP/HTTP endpoint.")
  private URI http = URI.create("");

  @Option(names = "--grpc", required = true, description = "The agent's OTLP/gRPC HOST:PORT.")
  private String grpc = "";

  @Option(names = "--server", required = true, description = "The server's URL, without a path.")
  private URI server = URI.create("");

  @Option(names = "--pid", required = true, description = "A process under test; repeatable.")
  private List<Long> pids = List.of();

  @Option(names = "--store", required = true, description = "The store's directory on disk.")
  private Path store = Path.of("");

  @Option(names = "--warm-up", defaultValue = "1000000", description = "Spans (${DEFAULT-VALUE}).")
  private long warmUp;

  @Option(names = "--spans", defaultValue = "3000000", description = "Spans (${DEFAULT-VALUE}).")
  private long spans;

  @Option(names = "--connections", defaultValue = "4", description = "(${DEFAULT-VALUE})")
  private int connections;

  @Option(names = "--width", defaultValue = "DENSE", description = "Of spans (${DEFAULT-VALUE}).")
  private Width width = Width.DENSE;

  @Option(names = "--look-ups", defaultValue = "500", description = "Traces (${DEFAULT-VALUE}).")
  private int lookUps;

  @Override
  public Integer call() throws Exception {
    ProcessGauge gauge = new ProcessGauge(pids);
    say("warm-up of %,d spans".formatted(warmUp));
    send(mill("warm-up", 1), warmUp);
    gauge.awaitRest(REST_MAX);
    var onDisk = new StoreOnDisk(store);
    long before = onDisk.bytes();

    SpanMill mill = mill("measured", 2);
    double cpuBefore = gauge.cpuSeconds();
    long started = System.nanoTime();
    LoadReport report = send(mill, spans);
    double stored = (System.nanoTime() - started) / 1e9;
    double cpuStored = gauge.cpuSeconds() - cpuBefore;
    gauge.awaitRest(REST_MAX);
    double cpuMerged = gauge.cpuSeconds() - cpuBefore;

    say(report.toString());
    say("stored after            %.1f s".formatted(stored));
    say(
        "spans per CPU second    %,.0f (until stored)"
            .formatted(report.acceptedSpans() / cpuStored));
    say(
        "                        %,.0f (merges included)"
            .formatted(report.acceptedSpans() / cpuMerged));
    say("bytes a request's span  %,d".formatted(mill.request(0).length / mill.spansInRequest()));
    double bytes = (double) (onDisk.bytes() - before) / report.acceptedSpans();
    say("bytes a span on disk    %.1f (after merges)".formatted(bytes));
    say("peak memory             %,d MiB".formatted(gauge.peakMemoryBytes() >> 20));
    lookUp(mill, report.acceptedRequests());
    return 0;
  }

  private SpanMill mill(String service, long seed) {
    long now = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
    return new SpanMill(service, now ^ seed, now, 32, 16, width);
  }

  /// Sends, and waits until all of it can be found.
  private LoadReport send(SpanMill mill, long wanted) throws Exception {
    int colon = grpc.lastIndexOf(':');
    Target byGrpc =
        new Target.Grpc(grpc.substring(0, colon), Integer.parseInt(grpc.substring(colon + 1)));
    Load load =
        new Load(
            mill,
            Math.ceilDiv(wanted, mill.spansInRequest()),
            List.of(new Target.Http(http), byGrpc),
            connections,
            Double.POSITIVE_INFINITY,
            Duration.ofMillis(100));
    LoadReport report;
    try (LoadRun run = LoadRun.start(load)) {
      report = run.finish(Duration.ofMinutes(30));
    }
    if (!report.refusals().isEmpty() || report.unanswered() > 0) {
      throw new IllegalStateException("not everything was accepted: " + report);
    }
    new StoredSpans(server).awaitCount(mill.service(), report.acceptedSpans());
    return report;
  }

  private void lookUp(SpanMill mill, long requests) throws Exception {
    Random random = new Random(mill.seed());
    Latencies known = new Latencies();
    Latencies unknown = new Latencies();
    byte[] strange = new byte[16];
    for (int i = 0; i < lookUps; i++) {
      long number = random.nextLong(requests);
      byte[] id = mill.traceId(number, random.nextInt(mill.tracesInRequest()));
      known.add(trace(id, 200));
      random.nextBytes(strange);
      unknown.add(trace(strange, 404));
    }
    say(
        "trace by id             p50 %.1f ms, p99 %.1f ms"
            .formatted(known.millis(0.5), known.millis(0.99)));
    say(
        "unknown id              p50 %.1f ms, p99 %.1f ms"
            .formatted(unknown.millis(0.5), unknown.millis(0.99)));
  }

  private long trace(byte[] id, int status) throws IOException, InterruptedException {
    URI uri = server.resolve("/api/traces/" + HexFormat.of().formatHex(id));
    HttpRequest request =
        HttpRequest.newBuilder(uri).header("Accept", "application/protobuf").build();
    long started = System.nanoTime();
    int got = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray()).statusCode();
    long nanos = System.nanoTime() - started;
    if (got != status) {
      throw new IllegalStateException(uri + " answered " + got);
    }
    return nanos;
  }

  private static void say(String line) {
    System.out.println(line);
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new PathBenchmark()).execute(arguments));
  }
}
