package deepflow.agent.queue;

import deepflow.wire.frame.BatchReader;
import deepflow.wire.frame.BatchWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Entries on their way to the disk, and the memory by which resends are recognised. Thread-safe.
final class Waiting {
  private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);

  /// Less than a batch may hold, by more than zstd can add to what it can't compress.
  static final int ENTRY_BYTES_MAX = BatchReader.BYTES_MAX - (1 << 20);

  private static final int GROUP_ENTRIES_MAX = 4096;
  private static final Duration FULL_RETRY = Duration.ofSeconds(5);
  private static final Duration OVERLOAD_RETRY = Duration.ofSeconds(1);
  private static final Duration CLOSED_RETRY = Duration.ofSeconds(5);

  /// So long nothing is tried after a disk failed; then the next entry finds out whether it works.
  private static final long FAILURE_PAUSE_NANOS = 1_000_000_000L;

  private final QueueConfig config;
  private final Segments segments;
  private final HashMemory memory;
  private final Instants instants;
  private final QueueMetrics metrics;
  private final Ledger ledger;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final ArrayDeque<Group.Offer> offers = new ArrayDeque<>();

  /// Requests that are offered or being written, with the answer that they will get.
  private final Map<Hash128, CompletableFuture<Admission>> pending = new HashMap<>();

  /// Of all that has no answer yet, what is being written included.
  private long bytes;

  private @Nullable String closed;

  /// The answer to everything once nothing that is taken could be delivered.
  private Admission.@Nullable Busy undeliverable;

  /// Whether entries were refused because the queue is full, and there was little room since.
  private boolean full;

  private Admission.@Nullable Busy failure;
  private long failedNanos;

  Waiting(
      QueueConfig config,
      Segments segments,
      HashMemory memory,
      Instants instants,
      QueueMetrics metrics,
      Ledger ledger) {
    this.config = config;
    this.segments = segments;
    this.memory = memory;
    this.instants = instants;
    this.metrics = metrics;
    this.ledger = ledger;
  }

  CompletableFuture<Admission> offer(Entry entry) {
    long entryBytes = BatchWriter.entryBytes(entry.length(), entry.hostIpAdded().length);
    if (entryBytes > ENTRY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "an entry of %s bytes exceeds a batch".formatted(entryBytes));
    }
    lock.lock();
    try {
      Admission.Busy never = undeliverable;
      if (never != null) {
        return refused(entry, never);
      }
      long now = instants.nanos();
      if (memory.contains(entry.hash(), now)) {
        return CompletableFuture.completedFuture(repeated(entry));
      }
      CompletableFuture<Admission> first = pending.get(entry.hash());
      if (first != null) {
        return first.thenApply(answer -> asRepeated(entry, answer));
      }
      Admission.Busy busy = busy(entryBytes, now);
      if (busy != null) {
        return refused(entry, busy);
      }
      becameFree();
      CompletableFuture<Admission> answer = new CompletableFuture<>();
      pending.put(entry.hash(), answer);
      offers.add(new Group.Offer(entry, entryBytes, answer));
      bytes += entryBytes;
      arrived.signal();
      return answer;
    } finally {
      lock.unlock();
    }
  }

  private CompletableFuture<Admission> refused(Entry entry, Admission.Busy busy) {
    metrics.busy.increment();
    ledger.busy(entry.spans());
    return CompletableFuture.completedFuture(busy);
  }

  /// What an identical request is told once the first has its answer.
  private Admission asRepeated(Entry entry, Admission first) {
    return switch (first) {
      case Admission.Durable _, Admission.Repeated _ -> repeated(entry);
      case Admission.Busy busy -> {
        ledger.busy(entry.spans());
        yield busy;
      }
    };
  }

  private Admission repeated(Entry entry) {
    metrics.repeated.increment();
    ledger.resent(entry.spans());
    return new Admission.Repeated();
  }

  private Admission.@Nullable Busy busy(long entryBytes, long now) {
    if (closed != null) {
      return new Admission.Busy(CLOSED_RETRY, closed);
    }
    if (undeliverable != null) {
      return undeliverable;
    }
    long sinceFailure = now - failedNanos;
    if (failure != null && sinceFailure >= 0 && sinceFailure < FAILURE_PAUSE_NANOS) {
      return failure;
    }
    if (segments.bytes() + bytes + entryBytes > config.capacityBytes()) {
      becameFull();
      return new Admission.Busy(FULL_RETRY, "the agent's queue is full; it waits for the server");
    }
    if (bytes > 0 && bytes + entryBytes > config.waitingBytes()) {
      return new Admission.Busy(OVERLOAD_RETRY, "the agent's disk is slower than its senders");
    }
    return null;
  }

  private void becameFull() {
    if (!full) {
      full = true;
      LOG.warn("The queue is full; senders are told to keep their data until the server has some");
    }
  }

  private void becameFree() {
    if (full && segments.bytes() < config.capacityBytes() / 8 * 7) {
      full = false;
      LOG.info("The queue has room again");
    }
  }

  /// Why an entry would not be taken now, or null.
  @Nullable String refusal() {
    lock.lock();
    try {
      Admission.Busy busy = busy(0, instants.nanos());
      return busy == null ? null : busy.reason();
    } finally {
      lock.unlock();
    }
  }

  /// Blocks until an entry waits; false when none will come any more.
  boolean await() {
    lock.lock();
    try {
      while (offers.isEmpty() && closed == null) {
        arrived.awaitUninterruptibly();
      }
      return !offers.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Takes what fits into one batch: at least one entry when any waits.
  Group take() {
    lock.lock();
    try {
      List<Group.Offer> taken = new ArrayList<>();
      long takenBytes = 0;
      while (!offers.isEmpty() && taken.size() < GROUP_ENTRIES_MAX) {
        if (!taken.isEmpty() && takenBytes + offers.element().bytes() > config.batchBytes()) {
          break;
        }
        takenBytes += offers.element().bytes();
        taken.add(offers.remove());
      }
      return new Group(taken, takenBytes);
    } finally {
      lock.unlock();
    }
  }

  /// Gives all of a group their answer.
  void settle(Group group, Admission admission) {
    lock.lock();
    try {
      long now = instants.nanos();
      bytes -= group.bytes();
      for (Group.Offer offer : group.offers()) {
        Hash128 hash = offer.entry().hash();
        pending.remove(hash);
        if (admission instanceof Admission.Durable) {
          memory.add(hash.high(), hash.low(), now, now);
        }
      }
      failure = admission instanceof Admission.Busy busy ? busy : null;
      failedNanos = now;
    } finally {
      lock.unlock();
    }
    if (admission instanceof Admission.Busy) {
      metrics.busy.increment(group.offers().size());
      ledger.busy(group.spans());
    }
    for (Group.Offer offer : group.offers()) {
      offer.answer().complete(admission);
    }
  }

  double bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /// Refuses all that is offered from now on, also what is here already; what waits is refused too.
  void refuseForGood(String reason) {
    lock.lock();
    try {
      undeliverable = new Admission.Busy(FULL_RETRY, reason);
    } finally {
      lock.unlock();
    }
  }

  /// The answer to everything, once [#refuseForGood] was called; else null.
  Admission.@Nullable Busy undeliverable() {
    lock.lock();
    try {
      return undeliverable;
    } finally {
      lock.unlock();
    }
  }

  /// Refuses all that is offered from now on; what waits is still written.
  void close(String reason) {
    lock.lock();
    try {
      if (closed == null) {
        closed = reason;
      }
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
