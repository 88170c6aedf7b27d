package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.QueueConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A request that fits into the queue as it came, and not any more with `app.host.ip` in each of
/// its resources.
class GrownRequestTest {
  private static final int RESOURCES = 60_000;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final DurableQueue queue;
  private final InFlight inFlight = new InFlight(1L << 30, Duration.ZERO, System::nanoTime);

  GrownRequestTest(@TempDir Path directory) throws IOException {
    QueueConfig config =
        new QueueConfig(1L << 30, 64 << 20, 4 << 20, 256 << 20, Duration.ofMinutes(10), 4096);
    queue = DurableQueue.open(directory, config, Clock.systemUTC(), registry);
  }

  @AfterEach
  void close() throws IOException {
    queue.close();
  }

  @Test
  void isRefusedForGoodAndItsSpansAreCounted() throws Exception {
    TraceIntake intake =
        new TraceIntake(queue, Clock.systemUTC(), new ReceiveMetrics(registry, inFlight));
    byte[] request = request(DurableQueue.REQUEST_BYTES_MAX);
    try (InFlight.Share share = inFlight.open()) {
      Answer refused =
          intake
              .take(
                  new Bytes(request, 0, request.length),
                  Dialect.HTTP_PROTOBUF,
                  InetAddress.getByName("192.0.2.7"),
                  share)
              .join();

      assertThat(refused)
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              answer -> assertThat(answer.refusal()).isEqualTo(Refusal.TOO_LARGE));
      assertThat(queue.report().invalid()).isEqualTo(2);
    }
  }

  /// Two spans, and as many bytes of padding as are left.
  private static byte[] request(int bytes) {
    ExportTraceServiceRequest.Builder request =
        ExportTraceServiceRequest.newBuilder()
            .addAllResourceSpans(
                Collections.nCopies(RESOURCES, ResourceSpans.getDefaultInstance()));
    int left = bytes - request.build().getSerializedSize() - 1000;
    ScopeSpans spans =
        ScopeSpans.newBuilder()
            .addSpans(Requests.span(0).setTraceStateBytes(ByteString.copyFrom(letters(left))))
            .addSpans(Requests.span(1))
            .build();
    return request
        .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(spans))
        .build()
        .toByteArray();
  }

  private static byte[] letters(int count) {
    byte[] letters = new byte[count];
    java.util.Arrays.fill(letters, (byte) 'a');
    return letters;
  }
}
