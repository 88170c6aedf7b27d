package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.ingester.decode.LabelRow;
import deepflow.server.ingester.decode.LateQuestions;
import deepflow.server.labeler.Address;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Labels;
import deepflow.server.labeler.Side;
import deepflow.server.storage.LabelBlock;
import deepflow.server.storage.Store;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers questions about spans that came before the news of their pods: the label that those
/// spans have gets another row, and the spans stay as they are. Questions live in memory, for a
/// while and up to a number; those of a server that stops are not answered any more.
final class LateLabels implements LateQuestions, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LateLabels.class);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final long WAIT_NANOS = Duration.ofMinutes(10).toNanos();
  private static final int QUESTIONS_MAX = 20_000;

  /// Of them, those that only a cluster can answer that is away: it mustn't use up the others'
  /// room.
  private static final int WAITING_MAX = QUESTIONS_MAX / 2;

  private static final int ADDRESSES_MAX = 20_000;

  /// @param provisional whether it was answered while a cluster was not known yet
  private record Question(
      long sinceNanos, Address address, Function<LabelSnapshot, Side> ask, boolean provisional) {
    Question asProvisional() {
      return new Question(sinceNanos, address, ask, true);
    }
  }

  private final Supplier<LabelSnapshot> snapshots;
  private final Store store;
  private final InstantSource clock;
  private final Counter answered;
  private final Counter unanswered;
  private final Map<Long, Question> open = new ConcurrentHashMap<>();

  /// Those that came since the last round: the newest snapshot may have been asked all others.
  private final Set<Long> fresh = ConcurrentHashMap.newKeySet();

  /// Addresses that nobody came to have; they are not asked about for as long again.
  private final Map<Address, Long> nobodys = new ConcurrentHashMap<>();

  private final Thread thread;
  private LabelSnapshot asked = LabelSnapshot.empty();

  LateLabels(
      Supplier<LabelSnapshot> snapshots, Store store, MeterRegistry registry, InstantSource clock) {
    this.snapshots = snapshots;
    this.store = store;
    this.clock = clock;
    answered =
        Counter.builder("deepflow.server.labels.late")
            .description("Labels that were known only after their first spans")
            .register(registry);
    unanswered =
        Counter.builder("deepflow.server.labels.never")
            .description("Labels that were waited for in vain")
            .register(registry);
    registry.gaugeMapSize("deepflow.server.labels.open", List.of(), open);
    thread = Thread.ofPlatform().name("late labels").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  @Override
  public boolean take(long labelId, Side now, Function<LabelSnapshot, Side> question) {
    if (nobodys.containsKey(now.openAddress())) {
      return false;
    }
    if (open.size() >= (now.waits() ? WAITING_MAX : QUESTIONS_MAX)) {
      unanswered.increment();
      return false;
    }
    Question taken = new Question(System.nanoTime(), now.openAddress(), question, false);
    if (open.putIfAbsent(labelId, taken) == null) {
      fresh.add(labelId);
    }
    return true;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(PAUSE);
        forget();
        ask();
      }
    } catch (InterruptedException _) {
      LOG.debug("late labels were told to stop");
    }
  }

  /// A block may be labelled by a snapshot that isn't the newest any more: its questions are
  /// answered even if no other snapshot comes.
  private void ask() {
    LabelSnapshot newest = snapshots.get();
    Set<Long> recent = new HashSet<>(fresh);
    Set<Long> ids = newest == asked ? recent : new HashSet<>(open.keySet());
    fresh.removeAll(recent);
    asked = answer(newest, ids) ? newest : LabelSnapshot.empty();
  }

  /// @return false when the store is too busy: ask all again
  private boolean answer(LabelSnapshot newest, Set<Long> ids) {
    Map<Long, Labels> answers = new LinkedHashMap<>();
    Set<Long> provisional = new HashSet<>();
    for (long id : ids) {
      Question question = open.get(id);
      if (question == null) {
        continue; // was forgotten
      }
      Side side = question.ask.apply(newest);
      boolean last = side.open() == null;
      if (side.found() && (last || !question.provisional)) {
        answers.put(id, side.labels());
        if (!last) {
          provisional.add(id);
        }
      }
    }
    if (answers.isEmpty()) {
      return true;
    }
    try {
      store.answer(rows(answers));
      answers.keySet().stream().filter(id -> !provisional.contains(id)).forEach(open::remove);
      provisional.forEach(
          id -> open.computeIfPresent(id, (_, question) -> question.asProvisional()));
      answered.increment(answers.size());
      return true;
    } catch (ClickHouseException e) {
      LOG.warn("{} late labels wait: {}", answers.size(), e.getMessage());
      return false;
    }
  }

  private LabelBlock rows(Map<Long, Labels> answers) {
    Instant now = clock.instant();
    int day = (int) Duration.ofSeconds(now.getEpochSecond()).toDays();
    LabelBlock rows = new LabelBlock();
    answers.forEach((id, labels) -> LabelRow.append(day, id, labels, now.toEpochMilli(), rows));
    return rows;
  }

  private void forget() {
    long now = System.nanoTime();
    List<Address> vain = new ArrayList<>();
    open.values()
        .removeIf(question -> {
          boolean old = now - question.sinceNanos > WAIT_NANOS;
          if (old) {
            vain.add(question.address);
            unanswered.increment();
          }
          return old;
        });
    nobodys.values().removeIf(since -> now - since > WAIT_NANOS);
    for (Address address : vain) {
      if (!address.isNone() && nobodys.size() < ADDRESSES_MAX) {
        nobodys.put(address, now);
      }
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
