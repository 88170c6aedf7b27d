package deepflow.acceptance;

import deepflow.benchmarks.Load;
import deepflow.benchmarks.LoadRun;
import deepflow.benchmarks.SpanMill;
import deepflow.benchmarks.Target;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// Load on an agent by two paths at once: OTLP/HTTP on DeepFlow's path and OTLP/gRPC.
final class LoadOn {
  private LoadOn() {}

  static SpanMill mill(String service) {
    return mill(service, 32, 8);
  }

  /// A mill whose ids no other service's mill gives.
  static SpanMill mill(String service, int tracesInRequest, int spansInTrace) {
    long now = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
    return new SpanMill(
        service, Tier.SEED ^ service.hashCode(), now, tracesInRequest, spansInTrace);
  }

  /// Starts a load that ends by itself after that many requests.
  static LoadRun start(
      DeepFlow.Address agent, SpanMill mill, long requests, double spansPerSecond) {
    List<Target> targets =
        List.of(
            new Target.Http(agent.deepFlowTraces()),
            new Target.Grpc("127.0.0.1", agent.otlpGrpc()));
    return LoadRun.start(
        new Load(mill, requests, targets, 4, spansPerSecond, Duration.ofMillis(50)));
  }

  /// Starts a load that goes on until it is stopped.
  static LoadRun start(DeepFlow.Address agent, SpanMill mill, double spansPerSecond) {
    return start(agent, mill, Integer.MAX_VALUE, spansPerSecond);
  }

  /// Waits until some more requests were accepted.
  static void awaitProgress(LoadRun run, long requests) throws Exception {
    long wanted = run.acceptedRequests() + requests;
    Patience.await(
        Duration.ofSeconds(60),
        requests + " further requests were not accepted; failures: " + run.failures(),
        () -> run.acceptedRequests() >= wanted);
  }
}
