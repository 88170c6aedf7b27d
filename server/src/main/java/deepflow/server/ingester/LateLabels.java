package deepflow.server.ingester;

import deepflow.clickhouse.ClickHouseException;
import deepflow.server.ingester.decode.LabelId;
import deepflow.server.ingester.decode.LabelRow;
import deepflow.server.ingester.decode.LateQuestions;
import deepflow.server.labeler.LabelSnapshot;
import deepflow.server.labeler.Labels;
import deepflow.server.labeler.Side;
import deepflow.server.storage.LabelBlock;
import deepflow.server.storage.Store;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/// Answers questions about spans that came before the news of their pods, and about those of whose
/// pods something else is said now: the label that those spans have gets another row, and the spans
/// stay as they are. Questions live in memory, for a while and up to a number; those of a server
/// that stops are not answered any more.
final class LateLabels implements LateQuestions, AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(5);
  private static final long COMPARE_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long WAIT_NANOS = Duration.ofMinutes(10).toNanos();
  private static final int QUESTIONS_MAX = 20_000;

  /// Of them, those that only a cluster can answer that is away, or whose answer is there and may
  /// become a better one: they mustn't use up the others' room.
  private static final int SECONDARY_MAX = QUESTIONS_MAX / 2;

  private static final int VAIN_MAX = 20_000;
  private static final int VAIN_CHARS_MAX = 512;

  /// @param about see [Side#about]
  /// @param given [LabelId#ofContent] of the answer that the label has
  /// @param first whether it is the one that it began with
  private record Question(
      long sinceNanos, String about, Function<LabelSnapshot, Side> ask, long given, boolean first) {
    Question answered(Labels labels) {
      return new Question(sinceNanos, about, ask, LabelId.ofContent(labels), false);
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

  /// What was asked about in vain, such as addresses that nobody came to have: it isn't asked about
  /// for as long again.
  private final Map<String, Long> vain = new ConcurrentHashMap<>();

  private final Counter changes;
  private final ChangedLabels given = new ChangedLabels();
  private final Rounds rounds;
  private LabelSnapshot asked = LabelSnapshot.empty();
  private LabelSnapshot compared = LabelSnapshot.empty();
  private long comparedNanos = System.nanoTime();

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
    changes =
        Counter.builder("deepflow.server.labels.changed")
            .description("Labels that changed after their last spans")
            .register(registry);
    registry.gaugeMapSize("deepflow.server.labels.open", List.of(), open);
    rounds =
        new Rounds(
            "late labels",
            "labels that came after their spans",
            new Pauses(PAUSE, PAUSE_MAX),
            this::round,
            registry);
  }

  void start() {
    rounds.start(PAUSE);
  }

  @Override
  public boolean take(long labelId, Side now, Function<LabelSnapshot, Side> question) {
    if (vain.containsKey(now.about())) {
      return false;
    }
    boolean secondary = now.waits() || now.found();
    if (open.size() >= (secondary ? SECONDARY_MAX : QUESTIONS_MAX)) {
      unanswered.increment();
      return false;
    }
    // A block that is being made waits here, and most of its questions are open already.
    if (!open.containsKey(labelId)) {
      long given = LabelId.ofContent(now.labels());
      Question taken = new Question(System.nanoTime(), now.about(), question, given, true);
      if (open.putIfAbsent(labelId, taken) == null) {
        fresh.add(labelId);
      }
    }
    return true;
  }

  @Override
  public void given(long labelId, long content, Function<LabelSnapshot, Side> question) {
    given.given(labelId, labelId, content, question);
  }

  private boolean round() throws ClickHouseException {
    forget();
    ask();
    compare();
    return false;
  }

  /// A block may be labelled by a snapshot that isn't the newest any more: its questions are
  /// answered even if no other snapshot comes.
  private void ask() throws ClickHouseException {
    LabelSnapshot newest = snapshots.get();
    Set<Long> recent = new HashSet<>(fresh);
    Set<Long> ids = newest == asked ? recent : new HashSet<>(open.keySet());
    fresh.removeAll(recent);
    asked = LabelSnapshot.empty(); // so all are asked again when this fails
    answer(newest, ids);
    asked = newest;
  }

  private void answer(LabelSnapshot newest, Set<Long> ids) throws ClickHouseException {
    Map<Long, Labels> answers = new LinkedHashMap<>();
    Set<Long> done = new HashSet<>();
    for (long id : ids) {
      Question question = open.get(id);
      if (question == null) {
        continue; // was forgotten
      }
      Side side = question.ask.apply(newest);
      if (side.found() && LabelId.ofContent(side.labels()) != question.given) {
        answers.put(id, side.labels());
      }
      if (side.found() && side.open() == null) {
        done.add(id);
        given.given(
            id, LabelId.of(side.labels(), ""), LabelId.ofContent(side.labels()), question.ask);
      }
    }
    store(answers, clock.millis(), answered);
    answers.forEach(
        (id, labels) -> open.computeIfPresent(id, (_, question) -> question.answered(labels)));
    done.forEach(this::end);
  }

  /// Asks again for what may have changed; not by each snapshot, since that is many questions.
  private void compare() throws ClickHouseException {
    LabelSnapshot newest = snapshots.get();
    if (newest == compared || System.nanoTime() - comparedNanos < COMPARE_NANOS) {
      return;
    }
    Map<Long, Labels> changed = given.changed(newest);
    store(changed, newest.version(), changes);
    given.changed(changed);
    compared = newest;
    comparedNanos = System.nanoTime();
  }

  private void store(Map<Long, Labels> answers, long version, Counter counter)
      throws ClickHouseException {
    if (!answers.isEmpty()) {
      store.answer(rows(answers, version));
      counter.increment(answers.size());
    }
  }

  private void end(long id) {
    Question question = open.remove(id);
    if (question != null && question.first) {
      inVain(question, System.nanoTime());
    }
  }

  private void inVain(Question question, long nowNanos) {
    String about = question.about;
    if (!about.isEmpty() && about.length() <= VAIN_CHARS_MAX && vain.size() < VAIN_MAX) {
      vain.put(about, nowNanos);
    }
  }

  private LabelBlock rows(Map<Long, Labels> answers, long version) {
    int day = (int) Duration.ofMillis(clock.millis()).toDays();
    LabelBlock rows = new LabelBlock();
    answers.forEach((id, labels) -> LabelRow.append(day, id, labels, version, rows));
    return rows;
  }

  private void forget() {
    long now = System.nanoTime();
    vain.values().removeIf(since -> now - since > WAIT_NANOS);
    open.values()
        .removeIf(question -> {
          boolean old = now - question.sinceNanos > WAIT_NANOS;
          if (old && question.first) {
            unanswered.increment();
            inVain(question, now);
          }
          return old;
        });
  }

  @Override
  public void close() {
    rounds.close();
  }
}
