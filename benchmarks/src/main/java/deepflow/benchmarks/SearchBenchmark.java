package deepflow.benchmarks;

import deepflow.benchmarks.SpanMill.Width;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Measures [Questions] to a store that holds many spans of the last hour, while nothing comes in
/// and while more come in. `benchmarks/search` starts the programs and this.
@Command(
    name = "search-benchmark",
    mixinStandardHelpOptions = true,
    description = "Measures look-ups and searches in a store of many spans, under load.")
public final class SearchBenchmark implements Callable<Integer> {
  private static final Duration SPREAD = Duration.ofMinutes(55);
  private static final Duration REST_MAX = Duration.ofMinutes(10);

  @Option(names = "--http", required = true, description = "The agent's OTLP/HTTP endpoint.")
  private URI http = URI.create("");

  @Option(
      names = "--server",
      required = true,
      description = "The server's URL, with the path before its API's if it has one.")
  private URI server = URI.create("");

  @Option(names = "--language", defaultValue = "TRACEQL", description = "${COMPLETION-CANDIDATES}")
  private Language language = Language.TRACEQL;

  @Option(names = "--store", required = true, description = "The store's directory on disk.")
  private Path store = Path.of("");

  @Option(names = "--pid", required = true, description = "The server's process.")
  private long pid;

  @Option(
      names = "--width",
      defaultValue = "DENSE",
      description = "Of spans: ${COMPLETION-CANDIDATES}.")
  private Width width = Width.DENSE;

  @Option(names = "--spans", defaultValue = "10000000", description = "(${DEFAULT-VALUE})")
  private long spans;

  @Option(
      names = "--fill-warm-up",
      defaultValue = "1000000",
      description = "Spans of the time before, sent before those that count (${DEFAULT-VALUE}).")
  private long fillWarmUp;

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

  @Override
  public Integer call() throws Exception {
    long requests = Math.ceilDiv(spans, (long) StoreLoad.SPANS_IN_REQUEST);
    Instant begin = Instant.now().minus(SPREAD);
    StoreLoad load = StoreLoad.of(http, width, seed, begin, SPREAD.toNanos() / requests);
    var gauge = new ProcessGauge(List.of(pid));
    long before = warmUp(begin, gauge);
    fill(load, requests, before, gauge);
    var asked =
        new Questions(server, language, gauge, load.mill(), requests, begin, new Random(seed));
    System.out.printf("asked while nothing comes in%n");
    asked.ask(warmUp, questions);
    if (rate > 0) {
      System.out.printf("asked while %,.0f spans a second come in%n", rate);
      asked.askUnderLoad(http, width, seed + 1, rate, warmUp, questions);
    }
    return 0;
  }

  /// @return how many spans are there now
  private long warmUp(Instant end, ProcessGauge gauge) throws Exception {
    long requests = Math.ceilDiv(fillWarmUp, (long) StoreLoad.SPANS_IN_REQUEST);
    Instant begin = end.minus(SPREAD);
    long spacing = SPREAD.toNanos() / Math.max(1, requests);
    LoadReport report = send(StoreLoad.of(http, width, ~seed, begin, spacing), requests);
    gauge.awaitRest(REST_MAX);
    return report.acceptedSpans();
  }

  private static LoadReport send(StoreLoad load, long requests) throws Exception {
    try (LoadRun run = load.start(requests, 4, Double.POSITIVE_INFINITY)) {
      return run.finish(Duration.ofMinutes(60));
    }
  }

  /// @param before how many spans are there already
  private void fill(StoreLoad load, long requests, long before, ProcessGauge gauge)
      throws Exception {
    double cpuBefore = gauge.cpuSeconds();
    LoadReport report = send(load, requests);
    System.out.println(report);
    double accepted = report.acceptedSpans();
    double filled = gauge.cpuSeconds() - cpuBefore;
    gauge.awaitRest(REST_MAX);
    double rested = gauge.cpuSeconds() - cpuBefore;
    System.out.printf(
        "%,.0f spans a CPU second until all were accepted, %,.0f until the store rested; %.1f bytes a span of %,d on disk, peak memory %,d MiB%n",
        accepted / filled,
        accepted / rested,
        new StoreOnDisk(store).bytesAtRest(REST_MAX) / (before + accepted),
        load.mill().request(0).length / load.mill().spansInRequest(),
        gauge.peakMemoryBytes() >> 20);
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SearchBenchmark()).execute(arguments));
  }
}
