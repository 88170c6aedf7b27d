package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
import deepflow.clickhouse.Query;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.ledger.LedgerStore.Sent;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.Position;
import deepflow.server.storage.RetentionRule;
import deepflow.server.storage.RetentionRules;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.server.storage.StoredBlock;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The spans of a block are stored and its other rows are not, when its day is to go.
class UnfinishedBlockTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity AGENT = new Identity(7, 7);
  private static final RetentionRules RULES =
      new RetentionRules(List.of(RetentionRule.parse("3d service = shop")), Duration.ofDays(1));
  private static final int SPANS = 10;

  private final FaultyClickHouse clickHouse = new FaultyClickHouse(engine.clickHouse());
  private Instant now = Instant.parse("2026-03-05T10:00:00Z");
  private Store store;

  @BeforeEach
  void openWithoutRoom() throws Exception {
    open(Long.MAX_VALUE);
  }

  private void open(long freeBytesMin) throws Exception {
    store =
        Store.open(
            clickHouse,
            new StoreConfig(
                Lifetimes.of(RULES),
                freeBytesMin,
                StoreConfig.METRICS_KEYS,
                "MergeTree",
                "ReplacingMergeTree",
                ""),
            () -> now,
            new Random(1));
  }

  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private StoredBlock block(long batch, String service) throws Exception {
    return new LedgerStore(store)
        .block(List.of(new Sent(AGENT, batch, LedgerStore.request(batch, service, SPANS, 0))));
  }

  /// As when the disk is full by then.
  private void storeSpansOnly(StoredBlock block) {
    clickHouse.setFaults(sql ->
        sql.startsWith("INSERT INTO deepflow.trace_index ") ? Fault.BUSY_BEFORE : Fault.NONE);
    assertThatThrownBy(() -> store.commit(block, false)).isInstanceOf(ClickHouseException.class);
    clickHouse.setFaults(_ -> Fault.NONE);
  }

  private void check(long batches, long stored, long expired) throws Exception {
    assertThat(store.positions()).containsEntry(AGENT, new Position(batches, 1));
    long spans = batches * SPANS;
    new LedgerStore(store).report(AGENT, now, batches, spans, spans, 0, 0, 0, 0, 0);
    Balance balance =
        Balance.of(
                new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
                    .entries(LossLedger.By.AGENT, 0, now.getEpochSecond()))
            .get(AGENT.toString());
    assertThat(balance).isNotNull();
    assertThat(balance.of(LedgerEntry.Fate.STORED)).isEqualTo(stored);
    assertThat(balance.of(LedgerEntry.Fate.EXPIRED)).isEqualTo(expired);
    assertThat(balance.difference()).isZero();
    assertThat(engine.number("SELECT sum(span_count) FROM deepflow.trace_index")).isEqualTo(stored);
  }

  @Test
  void expiresWithItsDayAndIsNotStoredAgain() throws Exception {
    StoredBlock block = block(1, "shop");
    storeSpansOnly(block);
    now = now.plus(Duration.ofDays(1));
    store.expiry().run();
    check(1, 0, SPANS);

    store.commit(block, true);
    check(1, 0, SPANS);
    assertThat(engine.number("SELECT sum(request) FROM deepflow.red_1s"))
        .as("metrics are kept apart")
        .isEqualTo(SPANS);
  }

  @Test
  void isNotSentAgainWhenTheProcessDiesAfterItsDayExpired() throws Exception {
    storeSpansOnly(block(1, "shop"));
    now = now.plus(Duration.ofDays(1));
    store.expiry().run();

    openWithoutRoom();
    check(1, 0, SPANS);
  }

  @Test
  void isCompletedBeforeItsDayIsCut() throws Exception {
    open(/* freeBytesMin= */ 0);
    StoredBlock shop = block(1, "shop");
    StoredBlock till = block(2, "till");
    store.commit(shop, false);
    storeSpansOnly(till);
    now = now.plus(Duration.ofDays(2));
    store.expiry().run();
    assertThat(engine.number("SELECT count() FROM deepflow.spans")).isEqualTo(2 * SPANS);

    store.commit(till, true);
    check(2, 2 * SPANS, 0);
    store.expiry().run();
    check(2, SPANS, SPANS);
  }

  @Test
  void isWrittenToTheEndBeforeItsDayIsDropped() throws Exception {
    StoredBlock block = block(1, "shop");
    now = now.plus(Duration.ofDays(1));
    clickHouse.setFaults(sql -> {
      if (sql.startsWith("INSERT INTO deepflow.trace_index ")) {
        look();
      }
      return Fault.NONE;
    });
    store.commit(block, false);
    check(1, SPANS, 0);

    look();
    check(1, 0, SPANS);
  }

  private void look() {
    try {
      store.expiry().run();
    } catch (ClickHouseException e) {
      throw new AssertionError(e);
    }
  }
}
