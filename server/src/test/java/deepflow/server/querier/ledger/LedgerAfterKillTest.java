package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.block.Block;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LedgerStore.Sent;
import deepflow.server.querier.ledger.LossLedger.By;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The process dies when a block's spans are stored and its commit record is not. The next one
/// completes the block, and agents send again what it is not known to have.
class LedgerAfterKillTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity FIRST = new Identity(1, 1);
  private static final Identity OTHER = new Identity(2, 2);

  /// Dies before it writes to a table.
  private static final class Mortal extends ForwardingClickHouse {
    private String deadly = "no table";

    Mortal() {
      super(engine.clickHouse());
    }

    @Override
    public void insert(String sql, Block block) throws ClickHouseException {
      if (sql.startsWith("INSERT INTO deepflow.%s ".formatted(deadly))) {
        throw new IllegalStateException("dead");
      }
      super.insert(sql, block);
    }
  }

  private Instant now = Instant.now();
  private Store store;

  @BeforeEach
  void open() throws Exception {
    store = open(engine.clickHouse());
  }

  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private Store open(ClickHouse clickHouse) throws Exception {
    return Store.open(clickHouse, StoreConfig.single(Duration.ofDays(3)), () -> now, new Random(1));
  }

  private static Sent sent(Identity agent, long number, long trace, int good, int bad) {
    return new Sent(agent, number, LedgerStore.request(trace, "shop", good, bad));
  }

  private void putAndDieBefore(String table, Sent... batches) throws Exception {
    var mortal = new Mortal();
    Store dying = open(mortal);
    mortal.deadly = table;
    assertThatThrownBy(() -> new LedgerStore(dying).put(List.of(batches))).hasMessage("dead");
    now = now.plusSeconds(1);
    store = open(engine.clickHouse());
  }

  private void put(Sent... batches) throws Exception {
    new LedgerStore(store).put(List.of(batches));
  }

  private void report(Identity agent, long through, long spans) throws Exception {
    new LedgerStore(store).report(agent, now, through, spans, spans, 0, 0, 0, 0, 0);
  }

  /// In the answer of all time, and in the one by steps.
  private void check(Identity agent, long stored, long merged, long refused) throws Exception {
    Map<Fate, Long> wanted = new EnumMap<>(Fate.class);
    wanted.put(Fate.STORED, stored);
    wanted.put(Fate.MERGED, merged);
    wanted.put(Fate.REFUSED, refused);
    List<LedgerEntry> whole =
        new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(By.AGENT, 0, now.getEpochSecond());
    List<LedgerEntry> steps =
        new LedgerSteps(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(By.AGENT, 0, now.getEpochSecond(), 60).stream()
                .map(LedgerSteps.Entry::spans)
                .toList();
    for (Map<String, Balance> balances : List.of(Balance.of(whole), Balance.ofStep(steps))) {
      Balance balance = balances.get(agent.toString());
      assertThat(balance).isNotNull();
      Map<Fate, Long> found = new EnumMap<>(Fate.class);
      wanted.keySet().forEach(fate -> found.put(fate, balance.of(fate)));
      assertThat(found).isEqualTo(wanted);
      assertThat(balance.difference()).isZero();
    }
  }

  @Test
  void aBatchThatOnlyRepeatedAnotherAgentsIsCountedWhereItIsStoredAtLast() throws Exception {
    putAndDieBefore("blocks", sent(FIRST, 4, 1, 10, 0), sent(OTHER, 7, 1, 10, 0));
    assertThat(store.positions()).containsOnlyKeys(FIRST);

    put(sent(OTHER, 7, 1, 10, 0));
    report(FIRST, 4, 10);
    report(OTHER, 7, 10);

    check(FIRST, 10, 0, 0);
    check(OTHER, 10, 0, 0);
  }

  @Test
  void aBatchThatWasRefusedOutrightIsCountedOnceIfItIsSentAgain() throws Exception {
    putAndDieBefore(
        "blocks", sent(FIRST, 4, 1, 10, 2), sent(FIRST, 5, 2, 0, 3), sent(FIRST, 6, 3, 0, 4));

    put(sent(FIRST, 5, 2, 0, 3), sent(FIRST, 6, 3, 0, 4));
    report(FIRST, 6, 19);

    check(FIRST, 10, 0, 9);
  }

  @Test
  void aBatchThatWasRefusedOutrightIsCountedIfALaterOneMakesItAcknowledged() throws Exception {
    putAndDieBefore(
        "blocks", sent(FIRST, 4, 1, 0, 3), sent(FIRST, 5, 2, 10, 2), sent(FIRST, 6, 2, 10, 0));

    put(sent(FIRST, 6, 2, 10, 0));
    report(FIRST, 6, 25);

    check(FIRST, 20, 0, 5);
  }

  @Test
  void whatIsRepeatedInACompleteBlockIsMerged() throws Exception {
    put(sent(FIRST, 4, 1, 10, 0), sent(OTHER, 7, 1, 10, 0));
    report(FIRST, 4, 10);
    report(OTHER, 7, 10);

    check(FIRST, 10, 0, 0);
    check(OTHER, 0, 10, 0);
  }

  @Test
  void refusalsOfABlockThatNeverCameAreNotCounted() throws Exception {
    putAndDieBefore("spans", sent(FIRST, 4, 1, 10, 2));

    put(sent(FIRST, 4, 1, 10, 2));
    report(FIRST, 4, 12);

    check(FIRST, 10, 0, 2);
  }
}
