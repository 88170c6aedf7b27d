package deepflow.benchmarks;

import deepflow.benchmarks.SpanMill.Width;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
  private static final int TRACES_IN_REQUEST = 32;
  private static final int SPANS_IN_TRACE = 16;
  private static final String SERVICE = "shop";
  private static final Duration REST_MAX = Duration.ofMinutes(10);

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

  @Override
  public Integer call() throws Exception {
    long requests = Math.ceilDiv(spans, (long) TRACES_IN_REQUEST * SPANS_IN_TRACE);
    long start = now() - SPREAD.toNanos();
    SpanMill stored = mill(seed, start, SPREAD.toNanos() / requests);
    fill(stored, requests);
    var gauge = new ProcessGauge(List.of(pid));
    Instant begin = Instant.ofEpochSecond(0, start);
    var asked = new Questions(server, gauge, stored, requests, begin, new Random(seed));
    System.out.printf("asked while nothing comes in%n");
    asked.ask(warmUp, questions);
    if (rate > 0) {
      System.out.printf("asked while %,.0f spans a second come in%n", rate);
      askUnderLoad(asked);
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

  private void askUnderLoad(Questions asked) throws Exception {
    long spacing = (long) (TRACES_IN_REQUEST * SPANS_IN_TRACE / rate * 1e9);
    SpanMill fresh = mill(seed + 1, now(), spacing);
    try (LoadRun run = LoadRun.start(load(fresh, Long.MAX_VALUE / 1024, 2, rate))) {
      Thread.sleep(Duration.ofSeconds(20));
      asked.ask(warmUp, questions);
      run.stop(Duration.ofMinutes(1));
    }
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SearchBenchmark()).execute(arguments));
  }
}
