package deepflow.benchmarks;

import java.net.URI;
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
    long requests = Math.ceilDiv(spans, (long) StoreLoad.SPANS_IN_REQUEST);
    Instant begin = Instant.now().minus(SPREAD);
    StoreLoad load = StoreLoad.of(http, seed, begin, SPREAD.toNanos() / requests);
    fill(load, requests);
    var gauge = new ProcessGauge(List.of(pid));
    var asked = new Questions(server, gauge, load.mill(), requests, begin, new Random(seed));
    System.out.printf("asked while nothing comes in%n");
    asked.ask(warmUp, questions);
    if (rate > 0) {
      System.out.printf("asked while %,.0f spans a second come in%n", rate);
      asked.askUnderLoad(http, seed + 1, rate, warmUp, questions);
    }
    return 0;
  }

  private void fill(StoreLoad load, long requests) throws Exception {
    try (LoadRun run = load.start(requests, 4, Double.POSITIVE_INFINITY)) {
      System.out.println(run.finish(Duration.ofMinutes(60)));
    }
    new ProcessGauge(List.of(pid)).awaitRest(REST_MAX);
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SearchBenchmark()).execute(arguments));
  }
}
