package deepflow.benchmarks;

import deepflow.benchmarks.SpanMill.Width;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
  private static final int TRACES_IN_REQUEST = 32;
  private static final int SPANS_IN_TRACE = 16;
  private static final String SERVICE = "shop";

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
    SpanMill mill = mill(seed, begin, rate);
    long requests = (long) (rate * time.toSeconds()) / mill.spansInRequest();
    LoadReport report;
    try (LoadRun run = LoadRun.start(load(mill, requests, 4, rate))) {
      watch(run, gauge, begin);
      report = run.finish(Duration.ofMinutes(10));
    }
    System.out.println(report);
    new StoredSpans(server).awaitCount(SERVICE, report.acceptedSpans());
    System.out.printf(
        "all can be found %d s after the begin%n", begin.until(Instant.now()).toSeconds());
    SpanMill fresh = mill(seed + 1, Instant.now(), questionRate);
    try (LoadRun run = LoadRun.start(load(fresh, Integer.MAX_VALUE, 2, questionRate))) {
      Thread.sleep(Duration.ofSeconds(20));
      new Questions(server, gauge, mill, requests, begin, new Random(seed)).ask(warmUp, questions);
      System.out.println(run.stop(Duration.ofMinutes(1)));
    }
    return 0;
  }

  private static SpanMill mill(long seed, Instant start, double rate) {
    long spacing = (long) (TRACES_IN_REQUEST * SPANS_IN_TRACE / rate * 1e9);
    return new SpanMill(
        SERVICE,
        seed,
        ChronoUnit.NANOS.between(Instant.EPOCH, start),
        TRACES_IN_REQUEST,
        SPANS_IN_TRACE,
        Width.WIDE,
        spacing);
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
      long acceptedNow = run.acceptedRequests() * TRACES_IN_REQUEST * SPANS_IN_TRACE;
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
