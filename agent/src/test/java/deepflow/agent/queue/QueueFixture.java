package deepflow.agent.queue;

import deepflow.wire.frame.BatchWriter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A queue on a disk that does as it is told, and what tests do with it.
final class QueueFixture {
  static final QueueConfig CONFIG =
      new QueueConfig(1 << 20, 8 << 10, 6 << 10, 1 << 16, Duration.ofMinutes(10), 4096);

  final TestClock clock = new TestClock();
  final FaultyDisk disk;
  private final Random random;
  SimpleMeterRegistry registry = new SimpleMeterRegistry();
  DurableQueue queue;

  QueueFixture(long seed) {
    random = new Random(seed);
    disk = new FaultyDisk(random);
    queue = open();
  }

  final DurableQueue open() {
    try {
      registry = new SimpleMeterRegistry();
      queue = new DurableQueue(disk, CONFIG, new BatchWriter(), clock, random, registry);
      return queue;
    } catch (IOException refused) {
      throw new AssertionError(refused);
    }
  }

  void restart() throws IOException {
    queue.close();
    open();
  }

  /// Makes one batch of each; gives the last number.
  long offer(int from, int count) {
    long last = 0;
    for (int i = from; i < from + count; i++) {
      last = batch(admission(i, 2000));
    }
    return last;
  }

  Admission admission(int id, int bytes) {
    CompletableFuture<Admission> answer = queue.offer(entry(id, bytes));
    queue.writeGroup();
    return answer.join();
  }

  static long batch(Admission admission) {
    return ((Admission.Durable) admission).batch();
  }

  List<Long> numbers() throws IOException {
    List<Long> numbers = new ArrayList<>();
    try (BatchCursor cursor = queue.cursor()) {
      for (@Nullable StoredBatch batch = cursor.next(Duration.ZERO);
          batch != null;
          batch = cursor.next(Duration.ZERO)) {
        numbers.add(batch.number());
      }
    }
    return numbers;
  }

  List<String> segments() {
    return disk.names().stream().filter(name -> name.endsWith(Segment.SUFFIX)).toList();
  }

  double count(String name) {
    return registry.get("deepflow.agent.queue." + name).counter().count();
  }

  /// Of seven spans.
  static Entry entry(int id, int bytes) {
    byte[] request = new byte[bytes];
    new Random(id).nextBytes(request);
    return new Entry(request, 0, bytes, 7, null, new byte[0], 0, new Hash128(id, 31L * id));
  }
}
