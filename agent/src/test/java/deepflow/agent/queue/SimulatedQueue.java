package deepflow.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import deepflow.wire.frame.BatchReader;
import deepflow.wire.frame.BatchWriter;
import deepflow.wire.frame.Identity;
import deepflow.wire.frame.LinkMessage;
import deepflow.wire.frame.MalformedFrameException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A queue on a [FaultyDisk] between senders that send again until they have an answer and a server
/// that keeps what it gets, and a ledger of what each of them was told. One thread, one seed.
final class SimulatedQueue {
  private static final int REQUEST_BYTES_MAX = 3000;
  private static final QueueConfig CONFIG =
      new QueueConfig(1 << 20, 8 << 10, 6 << 10, 1 << 16, Duration.ofMinutes(10), 4096);

  private static final BatchReader READER = new BatchReader();

  /// One for all lives: a process that is killed gives its memory back, a queue in a test doesn't.
  private static final BatchWriter BATCH = new BatchWriter();

  private final long seed;
  private final boolean damage;
  private final Random random;
  final TestClock clock = new TestClock();
  final FaultyDisk disk;
  private SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private @Nullable DurableQueue queue;
  private @Nullable BatchCursor cursor;

  /// Offered and not answered with success: the sender will offer it again, or give up.
  private final Map<Integer, CompletableFuture<Admission>> open = new LinkedHashMap<>();

  /// Answered with success, and the batch that it was told; 0 when it was "repeated".
  private final Map<Integer, Long> acknowledged = new LinkedHashMap<>();

  /// What the server got: request to how often, and the bytes of each batch.
  private final Map<Integer, Integer> delivered = new HashMap<>();

  /// By queue and number.
  private final Map<String, ByteBuffer> batches = new HashMap<>();

  /// How many acknowledged requests are in each batch, by queue and number.
  private final Map<String, Integer> sizes = new HashMap<>();

  /// Whether the disk was ever full or failed at a sync.
  boolean faults;

  private final Set<Integer> unanswered = new HashSet<>();

  /// How many requests may be on the disk although their sender never heard of it.
  private int withoutAnswer;

  private @Nullable Identity identity;

  /// What it was called before the disk damaged its identity file and the segments' headers. Its
  /// batches are still there, and have the same numbers.
  private final List<Identity> formerIdentities = new ArrayList<>();

  private long committed;
  private int requests;
  double damagedBatches;
  double damagedSpans;
  double cutTails;
  private double forgotten;
  double repeated;

  SimulatedQueue(long seed, boolean damage) {
    this.seed = seed;
    this.damage = damage;
    random = new Random(seed);
    disk = new FaultyDisk(random);
  }

  /// Starts the agent; false when the disk doesn't let it.
  boolean start() {
    try {
      registry = new SimpleMeterRegistry();
      queue = new DurableQueue(disk, CONFIG, BATCH, clock, random, registry);
      cursor = queue.cursor();
      // Whose identity was lost is another queue to the server.
      if (!queue.identity().equals(identity)) {
        if (identity != null) {
          formerIdentities.add(identity);
        }
        identity = queue.identity();
        committed = 0;
      }
      cursor.seek(committed);
      return true;
    } catch (IOException refused) {
      sumUp();
      queue = null;
      disk.kill();
      return false;
    }
  }

  private DurableQueue queue() {
    if (queue == null) {
      throw new IllegalStateException("not started");
    }
    return queue;
  }

  /// The agent ends without a word. Senders that wait have no answer.
  void stop(boolean losePower) {
    sumUp();
    queue = null;
    unanswered.addAll(open.keySet());
    withoutAnswer += open.size();
    open.clear();
    if (losePower) {
      disk.losePower();
    } else {
      disk.kill();
    }
  }

  private double forgotten() {
    return forgotten + counter("forgotten.hashes");
  }

  private void sumUp() {
    forgotten = forgotten();
    damagedBatches += counter("damaged.batches");
    damagedSpans += counter("damaged.spans");
    repeated += counter("repeated.requests");
    cutTails += counter("cut.tails");
    registry = new SimpleMeterRegistry();
  }

  /// A sender offers something new, or again what it has no success for.
  void offer() {
    boolean again = !unanswered.isEmpty() && random.nextBoolean();
    int request = again ? unanswered.iterator().next() : requests++;
    unanswered.remove(request);
    if (!open.containsKey(request)) {
      open.put(request, queue().offer(entry(request)));
    }
  }

  /// A sender whose answer got lost offers once more what is already safe.
  void offerAcknowledged() {
    if (!acknowledged.isEmpty()) {
      int request = List.copyOf(acknowledged.keySet()).get(random.nextInt(acknowledged.size()));
      CompletableFuture<Admission> answer = queue().offer(entry(request));
      while (!answer.isDone()) {
        write();
      }
      switch (answer.join()) {
        case Admission.Repeated _, Admission.Busy _ -> {}
        case Admission.Durable durable -> {
          sizes.merge(identity + "/" + durable.batch(), 1, Integer::sum);
          // Unless the disk took the memory of it, perhaps together with the request.
          assertThat(damage || forgotten() > 0)
              .as("tests.seed=%s request %s taken twice", seed, request)
              .isTrue();
        }
      }
    }
  }

  void write() {
    queue().writeGroup();
    open.entrySet()
        .removeIf(entry -> {
          if (!entry.getValue().isDone()) {
            return false;
          }
          answered(entry.getKey(), entry.getValue().join());
          return true;
        });
  }

  private void answered(int request, Admission admission) {
    switch (admission) {
      case Admission.Durable durable -> {
        acknowledged.put(request, durable.batch());
        sizes.merge(identity + "/" + durable.batch(), 1, Integer::sum);
      }
      case Admission.Repeated _ -> acknowledged.put(request, 0L);
      case Admission.Busy _ -> unanswered.add(request);
    }
  }

  /// The server takes batches; at times it acknowledges, at times the connection breaks.
  void deliver(int most) throws IOException {
    BatchCursor from = cursor;
    if (from == null) {
      throw new IllegalStateException("not started");
    }
    if (random.nextInt(8) == 0) {
      from.seek(random.nextBoolean() ? committed : 0);
    }
    long previous = 0;
    for (int i = 0; i < most; i++) {
      double batchesBefore = counter("damaged.batches");
      double spansBefore = counter("damaged.spans");
      StoredBatch batch = from.next(Duration.ZERO);
      if (batch == null) {
        break;
      }
      assertThat(batch.number()).as("tests.seed=%s order", seed).isGreaterThan(previous);
      checkGap(
          previous,
          batch.number(),
          counter("damaged.batches") - batchesBefore,
          counter("damaged.spans") - spansBefore);
      previous = batch.number();
      receive(batch);
    }
    if (random.nextBoolean()) {
      try {
        queue().acknowledge(committed);
      } catch (IOException notRemoved) {
        // The segment stays for the next time.
      }
    }
  }

  /// Between two batches of one epoch no number may be missing that was not counted, now or on an
  /// earlier walk; and when all were counted now, so were their spans: those that were
  /// acknowledged, and at most those whose answer got lost.
  private void checkGap(long from, long to, double batches, double spans) {
    if (from == 0 || BatchNumbers.epochOf(from) != BatchNumbers.epochOf(to)) {
      return;
    }
    double missing = to - from - 1.0;
    assertThat(batches).as("tests.seed=%s counted up to %s", seed, to).isLessThanOrEqualTo(missing);
    if (batches == missing) {
      double lost = 0;
      double lostOfFormer = 0;
      for (long number = from + 1; number < to; number++) {
        lost += size(identity, number);
        for (Identity former : formerIdentities) {
          lostOfFormer += size(former, number);
        }
      }
      assertThat(spans)
          .as("tests.seed=%s spans from %s to %s", seed, from, to)
          .isBetween(lost, lost + lostOfFormer + withoutAnswer);
    }
  }

  private int size(@Nullable Identity queue, long number) {
    return sizes.getOrDefault(queue + "/" + number, 0);
  }

  private double counter(String name) {
    return registry.counter("deepflow.agent.queue." + name).count();
  }

  private void receive(StoredBatch batch) {
    ByteBuffer bytes = ByteBuffer.allocate(batch.payload().remaining());
    bytes.put(batch.payload().duplicate()).flip();
    ByteBuffer before = batches.putIfAbsent(identity + "/" + batch.number(), bytes);
    if (before != null) {
      assertThat(bytes).as("tests.seed=%s resend of %s", seed, batch.number()).isEqualTo(before);
    }
    if (batch.number() <= committed) {
      // Where reads fail, a batch may look damaged once and whole the next time: then it was
      // counted.
      assertThat(damage || before != null)
          .as("tests.seed=%s skipped %s", seed, batch.number())
          .isTrue();
      return;
    }
    committed = batch.number();
    try {
      READER.open(LinkMessage.batchOf(bytes));
      while (READER.next()) {
        int request = ByteBuffer.wrap(READER.array(), READER.requestOffset(), 4).getInt();
        int end = READER.requestOffset() + READER.requestLength();
        assertThat(Arrays.copyOfRange(READER.array(), READER.requestOffset(), end))
            .as("tests.seed=%s bytes of request %s", seed, request)
            .isEqualTo(entry(request).request());
        delivered.merge(request, 1, Integer::sum);
      }
    } catch (MalformedFrameException broken) {
      fail("tests.seed=%s".formatted(seed), broken);
    }
  }

  /// All that was acknowledged was delivered once, or counted as damaged.
  void checkLedger() {
    sumUp();
    List<Integer> lost = new ArrayList<>();
    Set<Long> lostBatches = new HashSet<>();
    acknowledged.forEach((request, batch) -> {
      if (!delivered.containsKey(request)) {
        lost.add(request);
        lostBatches.add(batch);
      }
    });
    String place = "tests.seed=%s".formatted(seed);
    if (!damage) {
      assertThat(lost).as(place + " lost").isEmpty();
      assertThat(damagedBatches).as(place + " damaged").isZero();
    }
    if (!damage && !faults) {
      assertThat(forgotten).as(place + " hashes forgotten on a good disk").isZero();
    }
    if (!damage && forgotten == 0) {
      delivered.forEach((id, times) -> assertThat(times).as(place + " request " + id).isEqualTo(1));
    }
    assertThat((double) lostBatches.size())
        .as("%s lost %s in %s", place, lost, lostBatches)
        .isLessThanOrEqualTo(damagedBatches + cutTails);
    assertThat(delivered.keySet()).as(place + " invented").allMatch(id -> id < requests);
  }

  /// Acknowledged and never delivered.
  int lostRequests() {
    Set<Integer> lost = new HashSet<>(acknowledged.keySet());
    lost.removeAll(delivered.keySet());
    return lost.size();
  }

  int acknowledgedRequests() {
    return acknowledged.size();
  }

  /// The same bytes for the same number, as long as the number says and partly compressible.
  private static Entry entry(int request) {
    Random content = new Random(request);
    byte[] bytes = new byte[Integer.BYTES + content.nextInt(REQUEST_BYTES_MAX)];
    content.nextBytes(bytes);
    ByteBuffer.wrap(bytes).putInt(request);
    return new Entry(
        bytes, 0, bytes.length, 1, null, new byte[0], 0, new Hash128(~request, 31L * request));
  }
}
