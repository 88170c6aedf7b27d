package deepflow.benchmarks;

import deepflow.benchmarks.SpanMill.Width;
import java.io.IOException;
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

/// Sends at one rate for long, and says meanwhile what memory, processor and disk are taken: what
/// grows there without end would end the program some day. Then asks [Questions] to all that is
/// stored, while more comes in. `benchmarks/soak` starts the programs and this.
@Command(
    name = "soak-benchmark",
    mixinStandardHelpOptions = true,
    description = "Sends at one rate for long and watches memory, parts and answers.")
public final class SoakBenchmark implements Callable<Integer> {
  @Option(names = "--http", required = true, description = "The agent's OTLP/HTTP endpoint.")
  private URI http = URI.create("");

  @Option(names = "--server", required = true, description = "The server's URL, without a path.")
  private URI server = URI.create("");

  @Option(names = "--pid", required = true, description = "A process under test; repeatable.")
  private List<Long> pids = List.of();

  @Option(names = "--store", required = true, description = "The store's directory on disk.")
  private Path store = Path.of("");

  @Option(names = "--rate", required = true, description = "Spans a second.")
  private double rate;

  @Option(names = "--time", defaultValue = "PT1H", description = "How long (${DEFAULT-VALUE}).")
  private Duration time = Duration.ofHours(1);

  @Option(names = "--every", defaultValue = "PT1M", description = "A line (${DEFAULT-VALUE}).")
  private Duration every = Duration.ofMinutes(1);

  @Option(
      names = "--question-rate",
      defaultValue = "20000",
      description = "Spans a second that come in while questions are asked (${DEFAULT-VALUE}).")
  private double questionRate;

  @Option(names = "--questions", defaultValue = "60", description = "Of a kind (${DEFAULT-VALUE})")
  private int questions;

  @Option(
      names = "--warm-up",
      defaultValue = "60",
      description = "Of a kind, asked before those that count (${DEFAULT-VALUE})")
  private int warmUp;

  @Option(names = "--seed", defaultValue = "1", description = "(${DEFAULT-VALUE})")
  private long seed;

  @Override
  public Integer call() throws Exception {
    var gauge = new ProcessGauge(pids);
    Instant begin = Instant.now();
    StoreLoad load = StoreLoad.atRate(http, Width.DENSE, seed, begin, rate);
    SpanMill mill = load.mill();
    long requests = (long) (rate * time.toSeconds()) / StoreLoad.SPANS_IN_REQUEST;
    LoadReport report;
    try (LoadRun run = load.start(requests, 4, rate)) {
      watch(run, gauge, begin);
      report = run.finish(Duration.ofMinutes(10));
    }
    System.out.println(report);
    new StoredSpans(server).awaitCount(mill.service(), report.acceptedSpans());
    System.out.printf(
        "all can be found %d s after the begin%n", begin.until(Instant.now()).toSeconds());
    new Questions(server, Language.TRACEQL, gauge, mill, requests, begin, new Random(seed))
        .askUnderLoad(http, Width.DENSE, seed + 1, questionRate, warmUp, questions);
    return 0;
  }

  private void watch(LoadRun run, ProcessGauge gauge, Instant begin)
      throws IOException, InterruptedException {
    var onDisk = new StoreOnDisk(store);
    System.out.println("minute   spans accepted  spans/s   CPU %  resident MiB  parts  disk MiB");
    double cpu = gauge.cpuSeconds();
    long accepted = 0;
    Instant last = begin;
    while (last.isBefore(begin.plus(time))) {
      Thread.sleep(every);
      Instant now = Instant.now();
      double seconds = last.until(now).toNanos() / 1e9;
      double cpuNow = gauge.cpuSeconds();
      long acceptedNow = run.acceptedRequests() * StoreLoad.SPANS_IN_REQUEST;
      System.out.printf(
          "%6.1f %,16d %8.0f %7.0f %13d %6d %9d%n",
          begin.until(now).toSeconds() / 60.0,
          acceptedNow,
          (acceptedNow - accepted) / seconds,
          (cpuNow - cpu) * 100 / seconds,
          gauge.residentBytes() >> 20,
          onDisk.parts(),
          onDisk.bytes() >> 20);
      cpu = cpuNow;
      accepted = acceptedNow;
      last = now;
    }
    System.out.printf("peak memory %,d MiB%n", gauge.peakMemoryBytes() >> 20);
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SoakBenchmark()).execute(arguments));
  }
}
