package deepflow.benchmarks;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Measures a program that takes OTLP, keeps it on disk and sends it on: an agent, or for
/// comparison a collector. Starts the program and is both ends, its senders and its server.
/// `benchmarks/agent` measures both.
@Command(
    name = "agent-benchmark",
    mixinStandardHelpOptions = true,
    description = "Measures spans per CPU second, memory, latency and how fast a backlog drains.")
public final class AgentBenchmark implements Callable<Integer> {
  private static final int SPANS_IN_TRACE = 8;
  private static final int TRACES_IN_REQUEST = 64;

  /// What the program under test sends to.
  enum Receiving {
    LINK,
    OTLP
  }

  @Option(names = "--http", required = true, description = "The program's OTLP/HTTP endpoint.")
  private URI http = URI.create("");

  @Option(names = "--sink", required = true, description = "${COMPLETION-CANDIDATES}")
  private Receiving receiving = Receiving.LINK;

  @Option(names = "--sink-port", required = true, description = "Where the program sends.")
  private int sinkPort;

  @Option(names = "--gzip", description = "Senders compress.")
  private boolean gzip;

  @Option(names = "--warm-up", defaultValue = "1000000", description = "Spans (${DEFAULT-VALUE}).")
  private long warmUp;

  @Option(names = "--spans", defaultValue = "3000000", description = "Spans (${DEFAULT-VALUE}).")
  private long spans;

  @Option(names = "--connections", defaultValue = "4", description = "(${DEFAULT-VALUE})")
  private int connections;

  @Option(names = "--seconds", defaultValue = "15", description = "At half load and of backlog.")
  private int seconds;

  @Option(names = "--log", required = true, description = "What the program says goes there.")
  private Path log = Path.of("");

  @Parameters(arity = "1..*", description = "The program under test and its arguments.")
  private List<String> command = List.of();

  @Override
  public Integer call() throws Exception {
    try (Sink sink = sink()) {
      Process program = start();
      try {
        measure(new ProcessGauge(List.of(program.pid())), sink);
      } finally {
        program.destroy();
        program.waitFor(30, TimeUnit.SECONDS);
        program.destroyForcibly();
      }
    }
    return 0;
  }

  private Sink sink() throws IOException {
    return switch (receiving) {
      case LINK -> LinkSink.open(sinkPort);
      case OTLP -> new OtlpSink(sinkPort);
    };
  }

  private Process start() throws Exception {
    File output = log.toFile();
    Process program =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
            .start();
    Instant end = Instant.now().plusSeconds(60);
    while (!isListening()) {
      if (!program.isAlive() || Instant.now().isAfter(end)) {
        program.destroyForcibly();
        throw new IllegalStateException("the program does not listen: see " + log);
      }
      Thread.sleep(20);
    }
    return program;
  }

  private boolean isListening() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(http.getHost(), http.getPort()), 1000);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private void measure(ProcessGauge gauge, Sink sink) throws Exception {
    Thread.sleep(5000);
    say("idle memory             %,d MiB".formatted(gauge.residentBytes() >> 20));
    send(sink, "warm-up", warmUp);

    double cpuBefore = gauge.cpuSeconds();
    long started = System.nanoTime();
    LoadReport report = send(sink, "measured", spans);
    double cpu = gauge.cpuSeconds() - cpuBefore;
    double drained = (System.nanoTime() - started) / 1e9;
    say(report.toString());
    say(
        "spans per CPU second    %,.0f (until the last acknowledgement)"
            .formatted(spansOf(report) / cpu));
    say("spans a second          %,.0f (likewise)".formatted(spansOf(report) / drained));
    say("peak memory             %,d MiB".formatted(gauge.peakMemoryBytes() >> 20));

    halfLoad(sink, report.spansPerSecond() / 2);
    backlog(sink, report.spansPerSecond() * 0.3);
    say("peak memory             %,d MiB (of all)".formatted(gauge.peakMemoryBytes() >> 20));
  }

  private static double spansOf(LoadReport report) {
    return report.acceptedSpans();
  }

  private void halfLoad(Sink sink, double rate) throws Exception {
    long before = sink.requests();
    LoadReport report;
    try (LoadRun run = run("half", Integer.MAX_VALUE, rate)) {
      Thread.sleep(Duration.ofSeconds(seconds));
      report = run.stop(Duration.ofMinutes(1));
    }
    awaitArrival(sink, before + report.acceptedRequests());
    say(
        "at %,.0f spans/s       p50 %.1f ms, p99 %.1f ms"
            .formatted(report.spansPerSecond(), ms(report.latencyP50()), ms(report.latencyP99())));
  }

  private static double ms(Duration duration) {
    return duration.toNanos() / 1e6;
  }

  /// Lets a backlog come together while the sink takes nothing, and sees how fast it goes while new
  /// spans come in at the same pace.
  private void backlog(Sink sink, double rate) throws Exception {
    long arrivedBefore = sink.requests();
    sink.pause();
    try (LoadRun run = run("backlog", Integer.MAX_VALUE, rate)) {
      Thread.sleep(Duration.ofSeconds(seconds));
      sink.resume();
      long started = System.nanoTime();
      long acceptedBefore = run.acceptedRequests();
      long backlog = acceptedBefore - (sink.requests() - arrivedBefore);
      while (sink.requests() - arrivedBefore < run.acceptedRequests() - 2L * connections) {
        if (System.nanoTime() - started > TimeUnit.MINUTES.toNanos(5)) {
          throw new IllegalStateException("the backlog does not get smaller");
        }
        Thread.sleep(5);
      }
      double elapsed = (System.nanoTime() - started) / 1e9;
      long came = run.acceptedRequests() - acceptedBefore;
      LoadReport report = run.stop(Duration.ofMinutes(1));
      awaitArrival(sink, arrivedBefore + report.acceptedRequests());
      say(
          "backlog                 %,d spans gone in %.1f s: %.1f times the intake of %,.0f spans/s"
              .formatted(
                  backlog * spansInRequest(), elapsed, (backlog + came) / (double) came, rate));
    }
  }

  private static long spansInRequest() {
    return (long) TRACES_IN_REQUEST * SPANS_IN_TRACE;
  }

  /// Sends, and waits until the sink has all of it.
  private LoadReport send(Sink sink, String service, long wanted) throws Exception {
    long before = sink.requests();
    LoadReport report;
    try (LoadRun run =
        run(service, Math.ceilDiv(wanted, spansInRequest()), Double.POSITIVE_INFINITY)) {
      report = run.finish(Duration.ofMinutes(10));
    }
    if (!report.refusals().isEmpty() || report.unanswered() > 0) {
      throw new IllegalStateException("not everything was accepted: " + report);
    }
    awaitArrival(sink, before + report.acceptedRequests());
    return report;
  }

  private static void awaitArrival(Sink sink, long requests) throws InterruptedException {
    Instant end = Instant.now().plus(Duration.ofMinutes(5));
    while (sink.requests() < requests) {
      if (Instant.now().isAfter(end)) {
        throw new IllegalStateException(
            "%s of %s requests have come".formatted(sink.requests(), requests));
      }
      Thread.sleep(5);
    }
  }

  private LoadRun run(String service, long requests, double rate) {
    long now = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
    SpanMill mill = new SpanMill(service, now, now, TRACES_IN_REQUEST, SPANS_IN_TRACE);
    return LoadRun.start(
        new Load(
            mill,
            requests,
            List.of(new Target.Http(http, gzip)),
            connections,
            rate,
            Duration.ofMillis(100)));
  }

  private static void say(String line) {
    System.out.println(line);
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new AgentBenchmark()).execute(arguments));
  }
}
