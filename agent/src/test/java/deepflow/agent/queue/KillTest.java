package deepflow.agent.queue;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import deepflow.wire.frame.BatchReader;
import deepflow.wire.frame.LinkMessage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// kill -9 of a process that writes its queue on the real file system.
class KillTest {
  private static final int KILLS = Boolean.getBoolean("deepflow.long") ? 200 : 3;
  private static final QueueConfig CONFIG =
      new QueueConfig(64 << 20, 64 << 10, 32 << 10, 1 << 20, Duration.ofMinutes(10), 1 << 16);

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void keepsWhatWasAcknowledgedWheneverTheProcessIsKilled(@TempDir Path directory)
      throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    Set<Integer> acknowledged = new HashSet<>();
    for (int kill = 0; kill < KILLS; kill++) {
      acknowledged.addAll(acknowledgedBeforeKill(directory, kill, random.nextInt(200, 3000)));
    }

    Map<Integer, Integer> found = readAll(directory);

    assertThat(acknowledged.size()).as("tests.seed=%s", seed).isGreaterThan(100 * KILLS);
    assertThat(found.keySet()).as("tests.seed=%s", seed).containsAll(acknowledged);
    assertThat(found.values()).as("tests.seed=%s seen twice", seed).containsOnly(1);
  }

  /// Lets a writer run until it said that `many` requests are safe, and kills it.
  private static Set<Integer> acknowledgedBeforeKill(Path directory, int life, int many)
      throws Exception {
    Process writer =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                directory.toString(),
                Integer.toString(life))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Set<Integer> acknowledged = new HashSet<>();
    try (BufferedReader answers = writer.inputReader(US_ASCII)) {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        acknowledged.add(Integer.parseInt(line));
        if (acknowledged.size() == many) {
          // Through the handle: what the process said before is still read.
          assertThat(writer.toHandle().destroyForcibly()).isTrue();
        }
      }
    } finally {
      writer.destroyForcibly();
    }
    assertThat(writer.waitFor()).as("killed, not ended").isEqualTo(128 + 9);
    return acknowledged;
  }

  private static Map<Integer, Integer> readAll(Path directory) throws Exception {
    Map<Integer, Integer> found = new HashMap<>();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (DurableQueue queue = DurableQueue.open(directory, CONFIG, Clock.systemUTC(), registry);
        BatchCursor cursor = queue.cursor();
        BatchReader reader = new BatchReader()) {
      for (StoredBatch batch = cursor.next(Duration.ZERO);
          batch != null;
          batch = cursor.next(Duration.ZERO)) {
        reader.open(LinkMessage.batchOf(batch.payload()));
        while (reader.next()) {
          int request = ByteBuffer.wrap(reader.array(), reader.requestOffset(), 4).getInt();
          found.merge(request, 1, Integer::sum);
        }
      }
      assertThat(registry.counter("deepflow.agent.queue.damaged.batches").count()).isZero();
    }
    return found;
  }

  /// The process that is killed: offers requests for ever and says which are safe.
  static final class Writer {
    private static final int PER_LIFE = 1_000_000;

    private Writer() {}

    public static void main(String[] arguments) throws Exception {
      int life = Integer.parseInt(arguments[1]);
      DurableQueue queue =
          DurableQueue.open(
              Path.of(arguments[0]), CONFIG, Clock.systemUTC(), new SimpleMeterRegistry());
      for (int i = life * PER_LIFE; ; i++) {
        int request = i;
        byte[] bytes = new byte[4 + i % 1000];
        ByteBuffer.wrap(bytes).putInt(request);
        Entry entry =
            new Entry(bytes, 0, bytes.length, 1, null, new byte[0], 0, new Hash128(i, ~(long) i));
        CompletableFuture<Void> said =
            queue.offer(entry).thenAccept(admission -> say(request, admission));
        if (i % 16 == 0) {
          said.join(); // So many are on their way at a time.
        }
      }
    }

    private static void say(int request, Admission admission) {
      if (admission instanceof Admission.Durable) {
        System.out.println(request);
      }
    }
  }
}
