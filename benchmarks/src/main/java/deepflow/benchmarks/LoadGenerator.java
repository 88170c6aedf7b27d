package deepflow.benchmarks;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Sends spans to an agent, as many and as fast as asked, and says what came of it.
@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    description = "Sends OTLP spans and reports what was accepted.")
public final class LoadGenerator implements Runnable {
  @Option(
      names = "--http",
      paramLabel = "URL",
      description = "An OTLP/HTTP endpoint, path included. May be given several times.")
  private List<URI> http = List.of();

  @Option(
      names = "--grpc",
      paramLabel = "HOST:PORT",
      description = "An OTLP/gRPC endpoint. May be given several times.")
  private List<String> grpc = List.of();

  @Option(names = "--spans", defaultValue = "1000000", description = "How many (${DEFAULT-VALUE}).")
  private long spans;

  @Option(
      names = "--traces-in-request",
      defaultValue = "64",
      description = "Traces in a request (${DEFAULT-VALUE}).")
  private int tracesInRequest;

  @Option(
      names = "--spans-in-trace",
      defaultValue = "8",
      description = "Spans in a trace (${DEFAULT-VALUE}).")
  private int spansInTrace;

  @Option(
      names = "--connections",
      defaultValue = "4",
      description = "Requests under way at once (${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = "--rate",
      defaultValue = "Infinity",
      description = "Spans a second (${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--service",
      defaultValue = "load",
      description = "The spans' service.name (${DEFAULT-VALUE}).")
  private String service = "load";

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Decides ids and values; 0 for another one each time.")
  private long seed;

  @Option(
      names = "--patience",
      defaultValue = "PT10M",
      description = "Gives up after this long (${DEFAULT-VALUE}).")
  private Duration patience = Duration.ofMinutes(10);

  @Override
  public void run() {
    SpanMill mill =
        new SpanMill(
            service, seed == 0 ? System.nanoTime() : seed, now(), tracesInRequest, spansInTrace);
    long requests = Math.ceilDiv(spans, mill.spansInRequest());
    Load load = new Load(mill, requests, targets(), connections, rate, Duration.ofMillis(100));
    try (LoadRun run = LoadRun.start(load)) {
      LoadReport report = run.finish(patience);
      System.out.println(report);
      if (!report.refusals().isEmpty() || report.unanswered() > 0) {
        throw new IllegalStateException("not everything was accepted");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    http.forEach(endpoint -> targets.add(new Target.Http(endpoint)));
    for (String address : grpc) {
      int colon = address.lastIndexOf(':');
      targets.add(
          new Target.Grpc(
              address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
    }
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("give --http URL, --grpc HOST:PORT, or both");
    }
    return targets;
  }

  private static long now() {
    return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new LoadGenerator()).execute(arguments));
  }
}
