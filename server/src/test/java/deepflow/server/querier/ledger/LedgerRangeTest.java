package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.server.storage.Engine;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// An agent that gets 100 spans a second, sends a block of them every 5 s and reports as often:
/// what is asked of any part of that time.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LedgerRangeTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long SEED = Long.getLong("tests.seed", System.nanoTime());
  private static final Identity AGENT = new Identity(7, 7);
  private static final Identity LOSER = new Identity(9, 9);
  private static final Identity DEEPFLOW = Identity.ofDeepFlowAgent(3);
  private static final int SPANS_OF_SECOND = 100;
  private static final int SECONDS_OF_BLOCK = 5;
  private static final int SPANS = SPANS_OF_SECOND * SECONDS_OF_BLOCK;
  private static final int BLOCKS = 60;

  /// Spans in each batch of the other agents.
  private static final int OTHERS = 3;

  /// A batch that was acknowledged and is not there.
  private static final int LOST = 30;

  private final Random random = new Random(SEED);

  /// Rows that are months old would expire by the engine's own clock.
  private final Instant begin =
      Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(10)).plusSeconds(7);

  private Instant now = begin;

  @BeforeAll
  void fill() throws Exception {
    LedgerStore store = LedgerStore.open(engine.clickHouse(), () -> now);
    for (int batch = 1; batch <= BLOCKS; batch++) {
      put(store, batch);
      long lag = random.nextLong(1, 4);
      now = now.plusSeconds(lag);
      report(store, batch, (long) batch * SPANS + lag * SPANS_OF_SECOND);
      now = now.plusSeconds(SECONDS_OF_BLOCK - lag);
    }
    put(store, BLOCKS + 1);
  }

  /// One block of all agents.
  private static void put(LedgerStore store, int batch) throws Exception {
    List<LedgerStore.Sent> sent = new ArrayList<>();
    sent.add(sent(AGENT, batch, SPANS));
    sent.add(sent(DEEPFLOW, batch, OTHERS));
    if (batch != LOST) {
      sent.add(sent(LOSER, batch, OTHERS));
    }
    store.put(sent);
  }

  private static LedgerStore.Sent sent(Identity agent, int batch, int spans) {
    return new LedgerStore.Sent(
        agent, batch, LedgerStore.request(agent.high() * 1_000 + batch, "shop", spans, 0));
  }

  /// Some blocks are acknowledged in time for the next report only.
  private void report(LedgerStore store, int batch, long accepted) throws Exception {
    long through = batch - random.nextLong(2);
    store.report(AGENT, now, through, accepted, through * SPANS, through, 2 * through, 0, 0, 0);
    store.report(LOSER, now, through, through * OTHERS, through * OTHERS, 0, 0, 0, 0, 0);
  }

  private LedgerAnswer answer(String... asked) throws Exception {
    return LedgerAnswer.of(engine.clickHouse(), () -> now, asked);
  }

  private String time(String name, long secondsAfterBegin) {
    long second = begin.getEpochSecond() + secondsAfterBegin;
    return name + "=" + (TimeUnit.SECONDS.toNanos(second) + random.nextInt(1_000_000_000));
  }

  @Test
  void nothingIsMissingFromAnyStartToAnyEnd() throws Exception {
    int seconds = BLOCKS * SECONDS_OF_BLOCK;
    for (int i = 0; i < 10; i++) {
      String start = time("start", random.nextInt(seconds));
      String end = time("end", random.nextInt(seconds, 2 * seconds));
      List<String[]> questions =
          List.of(
              new String[] {start},
              new String[] {time("end", random.nextInt(seconds))},
              new String[] {start, end},
              new String[] {time("start", 60), time("end", 90 + random.nextInt(90))});
      for (String[] question : questions) {
        LedgerAnswer answer = answer(question);
        assertThat(answer.column("difference"))
            .as("tests.seed=%s %s %s", SEED, List.of(question), answer)
            .containsEntry(AGENT.toString(), 0L)
            .containsEntry(DEEPFLOW.toString(), 0L);
      }
    }
  }

  @Test
  void aStretchHasWhatCameInItsMinutes() throws Exception {
    // Two whole minutes, 24 blocks; one that came before may be reported in them.
    Map<String, Long> stored = answer(time("start", 120), time("end", 210)).column("stored");

    assertThat(stored.get(AGENT.toString()))
        .as("tests.seed=%s", SEED)
        .isBetween(24L * SPANS, 26L * SPANS);
    assertThat(stored.get(DEEPFLOW.toString())).as("tests.seed=%s", SEED).isEqualTo(24L * OTHERS);
  }

  @Test
  void aMinuteIsWholeHoweverItIsAskedFor() throws Exception {
    for (String step : new String[] {"", "1m"}) {
      JsonNode all = answer("by=minute", "step=" + step, "start=0").json().path("values");
      JsonNode some =
          answer("by=minute", "step=" + step, time("start", 120), time("end", 210))
              .json()
              .path("values");

      assertThat(some.size()).as("step=%s tests.seed=%s", step, SEED).isEqualTo(2);
      assertThat(some.path(0)).as("step=%s tests.seed=%s", step, SEED).isEqualTo(all.path(2));
      if (step.isEmpty()) {
        // By steps the last one has what the next one's reports cover still in flight.
        assertThat(some.path(1)).as("tests.seed=%s", SEED).isEqualTo(all.path(3));
      }
    }
  }

  @Test
  void spansThatAreMissingAreMissingInTheirMinuteAlone() throws Exception {
    Map<String, Long> round = answer(time("start", 100), time("end", 200)).column("difference");
    Map<String, Long> later = answer(time("start", 180)).column("difference");

    assertThat(round).as("tests.seed=%s", SEED).containsEntry(LOSER.toString(), (long) OTHERS);
    assertThat(later).as("tests.seed=%s", SEED).containsEntry(LOSER.toString(), 0L);
  }

  @Test
  void aTimeThatTheEngineCannotHoldIsItsLast() throws Exception {
    String never = "8999999999999999999"; // 2255
    for (String by : new String[] {"by=agent", "by=minute", "by=service", "by=reason"}) {
      for (String step : new String[] {"step=", "step=1h"}) {
        assertThat(answer(by, step, "start=1", "end=" + never))
            .as("%s %s", by, step)
            .isEqualTo(answer(by, step, "start=1"));
        assertThat(answer(by, step, "start=" + never, "end=" + never).json().path("values").size())
            .as("%s %s", by, step)
            .isZero();
      }
    }
  }
}
