package deepflow.benchmarks;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Offers an agent far more than it can take, and says how much it takes then, compared with what
/// it takes when just as much is offered. The agent runs already, held to a share of a processor by
/// [Throttle]; `benchmarks/overload` starts it and this.
@Command(
    name = "overload-benchmark",
    mixinStandardHelpOptions = true,
    description = "Measures goodput at overload against the peak, in turn.")
public final class OverloadBenchmark implements Callable<Integer> {
  @Option(names = "--http", required = true, description = "The agent's OTLP/HTTP endpoint.")
  private URI http = URI.create("");

  @Option(names = "--pid", required = true, description = "The agent's process.")
  private long pid;

  @Option(names = "--share", defaultValue = "0.2", description = "Of time (${DEFAULT-VALUE}).")
  private double share;

  @Option(names = "--seconds", defaultValue = "20", description = "A phase (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--settle",
      defaultValue = "3",
      description = "Seconds of a phase before it is counted (${DEFAULT-VALUE}).")
  private int settle;

  @Option(names = "--rounds", defaultValue = "3", description = "Of both (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--warm-ups",
      defaultValue = "3",
      description = "Phases at full speed before (${DEFAULT-VALUE}).")
  private int warmUps;

  @Option(
      names = "--peak-senders",
      defaultValue = "32",
      description = "Who offer as much as is taken (${DEFAULT-VALUE}).")
  private int peakSenders;

  @Option(
      names = "--senders",
      defaultValue = "400",
      description = "Who offer ten times as much (${DEFAULT-VALUE}).")
  private int senders;

  @Option(names = "--hasty", description = "Senders come back after 100 ms, whatever Retry-After.")
  private boolean hasty;

  private long seed = System.nanoTime();

  @Override
  public Integer call() throws Exception {
    ProcessGauge gauge = new ProcessGauge(List.of(pid));
    // At full speed, and as many as will be there: else its compiler would take most of the little
    // that it has.
    for (int i = 0; i < warmUps; i++) {
      phase("warm-up", peakSenders, Double.POSITIVE_INFINITY, gauge);
      phase("warm-up", senders, Double.POSITIVE_INFINITY, gauge);
    }
    try (AutoCloseable _ = hold()) {
      for (int round = 1; round <= rounds; round++) {
        double peak = phase("peak", peakSenders, Double.POSITIVE_INFINITY, gauge);
        long before = gauge.residentBytes();
        double over = phase("10 times", senders, 10 * peak, gauge);
        say(
            "round %s: goodput %.0f %% of the peak; resident %,d MiB, before %,d MiB"
                .formatted(round, 100 * over / peak, gauge.residentBytes() >> 20, before >> 20));
      }
    }
    say("peak memory %,d MiB".formatted(gauge.peakMemoryBytes() >> 20));
    return 0;
  }

  private AutoCloseable hold() {
    CpuQuota quota = CpuQuota.hold(pid, share);
    return quota == null ? new Throttle(pid, share) : quota;
  }

  /// Sends for a while, and waits until what is under way has its answer.
  ///
  /// @return spans a second accepted while all senders sent: neither at their beginning nor at the
  ///   end, when one after the other has its last answer
  private double phase(String name, int connections, double spansPerSecond, ProcessGauge gauge)
      throws Exception {
    SpanMill mill =
        new SpanMill(
            "overload", seed++, ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()), 64, 8);
    Load load =
        new Load(
            mill,
            Integer.MAX_VALUE,
            List.of(new Target.Http(http)),
            connections,
            spansPerSecond,
            Duration.ofMillis(100),
            !hasty);
    try (LoadRun run = LoadRun.start(load)) {
      Thread.sleep(Duration.ofSeconds(settle));
      long before = run.acceptedRequests();
      double cpuBefore = gauge.cpuSeconds();
      long began = System.nanoTime();
      Thread.sleep(Duration.ofSeconds(seconds));
      double elapsed = (System.nanoTime() - began) / 1e9;
      double cpu = gauge.cpuSeconds() - cpuBefore;
      double spans = (double) (run.acceptedRequests() - before) * mill.spansInRequest();
      double counted = spans / elapsed;
      say(
          "%s: %,.0f spans/s, %,.0f a CPU second of which it had %.2f a second; to the end: %s"
              .formatted(
                  name, counted, spans / cpu, cpu / elapsed, run.stop(Duration.ofMinutes(2))));
      return counted;
    }
  }

  private static void say(String text) {
    System.out.printf(Locale.ROOT, "%s%n", text);
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new OverloadBenchmark()).execute(arguments));
  }
}
