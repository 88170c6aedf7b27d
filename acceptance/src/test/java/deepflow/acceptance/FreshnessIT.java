package deepflow.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.benchmarks.SpanMill;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How soon after its acknowledgement a trace can be read: the promise is a second.
@Tag("alone") // it measures time
class FreshnessIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  @Test
  void showsATraceWithinASecondOfItsAcknowledgement(@TempDir Path data) throws Exception {
    SpanMill mill = LoadOn.mill("freshness", 1, 4);
    try (DeepFlow up = DeepFlow.up(data).start()) {
      // The first ones pay for loading classes and opening connections.
      for (int number = 0; number < 5; number++) {
        freshness(up, mill.request(number));
      }
      Duration worst = Duration.ZERO;
      for (int number = 5; number < 25; number++) {
        Duration one = freshness(up, mill.request(number));
        worst = one.compareTo(worst) > 0 ? one : worst;
      }

      assertThat(worst).as("the slowest of 20").isLessThan(Duration.ofSeconds(1));
      up.stop();
    }
  }

  private static Duration freshness(DeepFlow up, byte[] request) throws Exception {
    String traceId = Otlp.traceIds(request).getFirst();
    ServerClient server = new ServerClient(up.address());
    OtlpPost.from("127.0.0.1", up.address().otlpTraces(), "application/x-protobuf", request);
    long acknowledged = System.nanoTime();
    Patience.await(SOON, () -> assertThat(spans(server, traceId)).hasSize(4));
    return Duration.ofNanos(System.nanoTime() - acknowledged);
  }

  private static List<Span> spans(ServerClient server, String traceId) throws Exception {
    return server.trace(traceId).map(Otlp::spans).orElse(List.of());
  }
}
