package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import deepflow.server.storage.Engine;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A queue that is older than what is known of its spans. An agent's sums are of all of its life;
/// what became of the first of them is forgotten.
class OldLedgerTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity ALWAYS = new Identity(1, 1);
  private static final Identity SILENT_FOR_LONG = new Identity(2, 2);
  private static final Identity GONE = new Identity(3, 3);
  private static final Identity THERE_THEN = new Identity(4, 4);
  private static final Identity DEEPFLOW = Identity.ofDeepFlowAgent(3);

  private final Instant today = Instant.now().truncatedTo(ChronoUnit.MINUTES);
  private Instant now = today;

  @BeforeEach
  void liveForLong() throws Exception {
    now = today.minus(Duration.ofDays(500));
    LedgerStore store = LedgerStore.open(engine.clickHouse(), () -> now);
    put(store, 1, 40, 2, ALWAYS, SILENT_FOR_LONG, GONE, DEEPFLOW);
    // A month has several reports; of what it had in the end the later ones are.
    report(store, 1, 40, 2, ALWAYS, SILENT_FOR_LONG);
    now = now.plus(Duration.ofMinutes(1));
    put(store, 2, 30, 1, ALWAYS, SILENT_FOR_LONG, GONE, DEEPFLOW);
    report(store, 2, 70, 3, ALWAYS, SILENT_FOR_LONG, GONE);
    now = now.plus(Duration.ofDays(10));
    store.store().expiry().run();
    liveThroughTheBeginning(store);
    now = today.minus(Duration.ofDays(200));
    put(store, 3, 20, 1, ALWAYS, DEEPFLOW);
    report(store, 3, 90, 4, ALWAYS);
    now = now.plus(Duration.ofDays(10));
    store.store().expiry().run();
    now = today;
    put(store, 4, 10, 0, ALWAYS, DEEPFLOW);
    put(store, 3, 7, 1, SILENT_FOR_LONG);
    report(store, 4, 100, 4, ALWAYS);
    report(store, 3, 77, 4, SILENT_FOR_LONG);
  }

  /// Spans every ten minutes, from hours before the ledger begins to hours after.
  private void liveThroughTheBeginning(LedgerStore store) throws Exception {
    now = today.minus(Duration.ofDays(400)).minus(Duration.ofHours(4));
    for (int batch = 1; batch <= 48; batch++) {
      put(store, batch, 5, 1, THERE_THEN);
      now = now.plus(Duration.ofMinutes(2));
      report(store, batch, 5 * batch, batch, THERE_THEN);
      now = now.plus(Duration.ofMinutes(8));
    }
    now = now.plus(Duration.ofDays(10));
    store.store().expiry().run();
  }

  private static void put(LedgerStore store, int batch, int good, int bad, Identity... agents)
      throws Exception {
    List<LedgerStore.Sent> sent = new ArrayList<>();
    for (Identity agent : agents) {
      long trace = agent.high() * 1_000 + batch;
      sent.add(new LedgerStore.Sent(agent, batch, LedgerStore.request(trace, "shop", good, bad)));
    }
    store.put(sent);
  }

  private void report(LedgerStore store, int through, int good, int bad, Identity... agents)
      throws Exception {
    for (Identity agent : agents) {
      store.report(agent, now, through, good + bad, good + bad, 5, 0, 0, 0, 0);
    }
  }

  /// What the engine drops by itself is gone.
  private void forget() throws Exception {
    for (String table : List.of("blocks", "refusals", "expired", "agent_reports")) {
      engine.clickHouse().execute(Query.of("OPTIMIZE TABLE deepflow.%s FINAL".formatted(table)));
    }
  }

  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private LedgerAnswer answer(String... asked) throws Exception {
    return LedgerAnswer.of(engine.clickHouse(), () -> now, asked);
  }

  @Test
  void balancesOverTheTimeThatIsKnown() throws Exception {
    forget();
    assertThat(engine.number("SELECT count() FROM deepflow.expired WHERE spans = 40"))
        .as("what became of the first spans is forgotten")
        .isZero();

    for (String[] asked : new String[][] {{}, {"start=0"}, {"start=0", "step=9999d"}}) {
      LedgerAnswer answer = answer(asked);
      assertThat(answer.numbers("difference")).as("%s", answer).isNotEmpty().containsOnly(0L);
    }
    assertThat(answer().column("received"))
        .containsAllEntriesOf(
            Map.of(
                ALWAYS.toString(), 31L,
                SILENT_FOR_LONG.toString(), 8L,
                DEEPFLOW.toString(), 31L));
    assertThat(answer().column("expired")).containsEntry(ALWAYS.toString(), 20L);
  }

  @Test
  void ofEachAgentTheLastReportOfAMonthStays() throws Exception {
    forget();

    assertThat(
            engine.number(
                "SELECT count() FROM deepflow.agent_reports WHERE through = 1 AND agent != unhex('%s')"
                    .formatted(THERE_THEN)))
        .isZero();
    assertThat(
            engine.number(
                "SELECT count() FROM deepflow.agent_reports WHERE through = 2 AND accepted = 73 AND covered = 73 AND resent = 5 AND minute = toStartOfMinute(reported)"))
        .isEqualTo(Stream.of(ALWAYS, SILENT_FOR_LONG, GONE).count());
    assertThat(
            engine.number(
                "SELECT count() FROM deepflow.agent_reports WHERE agent != unhex('%s')"
                    .formatted(THERE_THEN)))
        .isEqualTo(6);
  }

  @Test
  void ofAYoungStoreAllIsKnown() throws Exception {
    now = today.minus(Duration.ofDays(120));

    assertThat(answer().column("received")).containsEntry(ALWAYS.toString(), 99L);
  }
}
