package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.Query;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.RefusedException;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LossLedger.By;
import deepflow.server.storage.Engine;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What the ledger reads: a row for each block, agent and service, however many spans they have.
class LedgerRowsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity AGENT = new Identity(7, 7);
  private static final int BLOCKS = 6;
  private static final int BATCHES = 4;
  private static final int SPANS = 5_000;
  private static final long ALL = (long) BLOCKS * BATCHES * SPANS;

  private Instant now = Instant.now().minusSeconds(1_200);
  private final Instant begin = now;
  private LedgerStore store;

  @BeforeEach
  void open() throws Exception {
    store = LedgerStore.open(engine.clickHouse(), () -> now);
  }

  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  /// Puts blocks of some batches each, and reports all but the last so many batches.
  private void fill(int unreported) throws Exception {
    for (int block = 0; block < BLOCKS; block++) {
      List<LedgerStore.Sent> sent = new ArrayList<>();
      for (int i = 1; i <= BATCHES; i++) {
        long batch = (long) block * BATCHES + i;
        sent.add(new LedgerStore.Sent(AGENT, batch, LedgerStore.request(batch, "shop", SPANS, 0)));
      }
      store.put(sent);
      now = now.plusSeconds(20);
    }
    long through = (long) BLOCKS * BATCHES - unreported;
    store.report(AGENT, now, through, ALL, through * SPANS, 0, 0, 0, 0, 0);
  }

  /// All that is asked of all time and of the last twenty minutes.
  private void ask() throws Exception {
    long to = now.getEpochSecond();
    for (By by : By.values()) {
      stored(new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT).entries(by, 0, to));
      stored(
          new LedgerSteps(engine.clickHouse(), QueryLimits.DEFAULT)
              .entries(by, begin.getEpochSecond() / 60 * 60, to, 60).stream()
                  .map(LedgerSteps.Entry::spans)
                  .toList());
    }
  }

  private static void stored(List<LedgerEntry> entries) {
    assertThat(
            entries.stream()
                .filter(entry -> entry.fate() == Fate.STORED)
                .mapToLong(LedgerEntry::spans)
                .sum())
        .isEqualTo(ALL);
  }

  @Test
  void readsNoSpanThatItsAgentHasReportedWithItsBlock() throws Exception {
    fill(0);
    long before = engine.rowsRead();
    ask();
    assertThat(engine.rowsRead() - before).isLessThan(SPANS);
  }

  @Test
  void readsNoSpanToCountWhatExpiresOfBlocksThatAreReported() throws Exception {
    fill(0);
    store.store().expiry().run(); // holds room on the disk, which counts as rows
    now = now.plus(Duration.ofDays(5));
    long before = engine.rowsRead();
    store.store().expiry().run();
    assertThat(engine.rowsRead() - before).isLessThan(SPANS);
    assertThat(
            new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
                .entries(By.AGENT, 0, now.getEpochSecond()))
        .contains(new LedgerEntry(AGENT.toString(), Fate.EXPIRED, "age", ALL));
  }

  /// A report in the middle of a block: its four batches are told apart, in each of the questions
  /// that need it.
  @Test
  void readsTheSpansOfABlockOfWhichAPartIsReported() throws Exception {
    fill(BATCHES + 1);
    long before = engine.rowsRead();
    ask();
    assertThat(engine.rowsRead() - before).isBetween((long) SPANS, 12L * BATCHES * SPANS);
    checkBalance((BATCHES + 1) * (long) SPANS);
  }

  private void checkBalance(long unreported) throws Exception {
    List<LedgerEntry> entries =
        new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(By.AGENT, 0, now.getEpochSecond());
    assertThat(entries)
        .contains(new LedgerEntry(AGENT.toString(), Fate.UNREPORTED, "", unreported));
    Map<String, Balance> balances = Balance.of(entries);
    assertThat(balances).containsOnlyKeys(AGENT.toString());
    balances.values().forEach(balance -> assertThat(balance.difference()).isZero());
  }

  /// A block that is being completed has spans and nothing else yet.
  @Test
  void knowsWhatIsUnreportedInABlockThatIsNotCommitted() throws Exception {
    fill(2);
    engine
        .clickHouse()
        .execute(
            Query.of("ALTER TABLE deepflow.blocks DELETE WHERE batch_max = 24")
                .setting("mutations_sync", 2));
    checkBalance(2L * SPANS);
  }

  /// Spans that were stored before the engine counted them by block.
  @Test
  void countsPartsThatHaveNoCountsAsWell() throws Exception {
    fill(0);
    engine
        .clickHouse()
        .execute(
            Query.of("ALTER TABLE deepflow.spans CLEAR PROJECTION block_counts")
                .setting("mutations_sync", 2));
    long before = engine.rowsRead();
    ask();
    assertThat(engine.rowsRead() - before).isGreaterThan(ALL);
  }

  @Test
  void aStretchThatTakesTooMuchIsRefusedWithAShorterOne() throws Exception {
    fill(0);
    var tight = new QueryLimits(Duration.ofSeconds(30), 1, 1 << 20, 1, 1);
    long from = begin.getEpochSecond() / 60 * 60;
    assertThatThrownBy(() ->
            new LedgerSteps(engine.clickHouse(), tight)
                .entries(By.AGENT, from, from + 1_199, LedgerSteps.ONE))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused ->
                assertThat(refused.hint()).contains("start=%s000000000".formatted(from + 540)));
  }
}
