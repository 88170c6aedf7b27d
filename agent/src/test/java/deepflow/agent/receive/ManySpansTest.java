package deepflow.agent.receive;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.agent.queue.Admission;
import deepflow.agent.queue.BatchCursor;
import deepflow.agent.queue.DurableQueue;
import deepflow.agent.queue.Entry;
import deepflow.agent.queue.Intake;
import deepflow.agent.queue.QueueConfig;
import deepflow.agent.queue.StoredBatch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A request of more spans than a server takes in one batch goes into the queue in pieces.
class ManySpansTest {
  private static final int SPANS = 250_000;
  private static final byte[] REQUEST = Requests.spans(SPANS).toByteArray();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final DurableQueue queue;
  private final InFlight inFlight = new InFlight(1L << 30, Duration.ZERO, System::nanoTime);
  private final ReceiveMetrics metrics = new ReceiveMetrics(registry, inFlight);

  /// How many entries the queue takes before it is busy.
  private int room = Integer.MAX_VALUE;

  ManySpansTest(@TempDir Path directory) throws IOException {
    queue =
        DurableQueue.open(directory, QueueConfig.ofCapacity(1L << 30), Clock.systemUTC(), registry);
  }

  @AfterEach
  void close() throws IOException {
    queue.close();
  }

  /// The real queue, as long as there is room.
  private final class Limited implements Intake {
    @Override
    public CompletableFuture<Admission> offer(Entry entry) {
      if (room-- > 0) {
        return queue.offer(entry);
      }
      queue.busy(entry.spans());
      return CompletableFuture.completedFuture(new Admission.Busy(Duration.ofSeconds(1), "full"));
    }

    @Override
    public void busy(int spans) {
      queue.busy(spans);
    }

    @Override
    public long hashSecret() {
      return queue.hashSecret();
    }
  }

  private Answer send() throws Exception {
    TraceIntake intake = new TraceIntake(new Limited(), Clock.systemUTC(), metrics);
    try (InFlight.Share share = inFlight.open()) {
      return intake
          .take(
              new Bytes(REQUEST, 0, REQUEST.length),
              Dialect.HTTP_PROTOBUF,
              InetAddress.getByName("192.0.2.7"),
              share)
          .join();
    }
  }

  private List<Integer> batches() throws IOException {
    List<Integer> spans = new ArrayList<>();
    try (BatchCursor cursor = queue.cursor()) {
      for (StoredBatch next = cursor.next(Duration.ZERO);
          next != null;
          next = cursor.next(Duration.ZERO)) {
        spans.add(next.spans());
      }
    }
    return spans;
  }

  @Test
  void areAllKeptInBatchesThatAServerTakes() throws Exception {
    assertThat(send()).isEqualTo(new Answer.Taken(0, ""));

    assertThat(batches()).containsExactly(100_000, 100_000, 50_000);
    assertThat(queue.report().accepted()).isEqualTo(SPANS);
  }

  @Test
  void areRecognisedWhenTheyAreSentAgain() throws Exception {
    send();

    assertThat(send()).isEqualTo(new Answer.Taken(0, ""));

    assertThat(batches()).hasSize(3);
    assertThat(queue.report().accepted()).isEqualTo(SPANS);
    assertThat(queue.report().resent()).isEqualTo(SPANS);
  }

  @Test
  void areEachKeptOnceWhenTheQueueWasBusyInTheMiddle() throws Exception {
    room = 1;
    assertThat(send()).isInstanceOf(Answer.Busy.class);
    assertThat(queue.report().busy()).isEqualTo(150_000);

    room = Integer.MAX_VALUE;
    assertThat(send()).isEqualTo(new Answer.Taken(0, ""));

    assertThat(batches()).containsExactly(100_000, 100_000, 50_000);
    assertThat(queue.report().accepted()).isEqualTo(SPANS);
    assertThat(queue.report().resent()).isEqualTo(100_000);
  }
}
