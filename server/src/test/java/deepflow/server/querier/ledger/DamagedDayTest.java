package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.querier.ledger.LedgerEntry.Fate;
import deepflow.server.querier.ledger.LossLedger.By;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.RetentionRule;
import deepflow.server.storage.RetentionRules;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.frame.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/// A day can't go, as when the disk has damaged its files: all else goes on, and the ledger has
/// each span once.
class DamagedDayTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity AGENT = new Identity(7, 7);
  private static final Identity OTHER = new Identity(8, 8);
  private static final RetentionRules RULES =
      new RetentionRules(List.of(RetentionRule.parse("9d service = kept")), Duration.ofDays(2));
  private static final int SHOP = 20;
  private static final int KEPT = 3;
  private static final int OF_DAY = SHOP + KEPT + 5;

  private final FaultyClickHouse faulty = new FaultyClickHouse(engine.clickHouse());
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private Instant now = Instant.now().minus(Duration.ofDays(20));
  private Store store;
  private long batch;

  @BeforeEach
  void open() throws Exception {
    open(/* freeBytesMin= */ 0);
    lines.start();
    logger().addAppender(lines);
  }

  private void open(long freeBytesMin) throws Exception {
    StoreConfig config = StoreConfig.single(Lifetimes.of(RULES));
    store =
        Store.open(
            faulty,
            new StoreConfig(
                config.retention(),
                freeBytesMin,
                config.metricsKeys(),
                config.engine(),
                config.replacingEngine(),
                config.onCluster()),
            () -> now,
            new Random(1));
  }

  @AfterEach
  void drop() throws Exception {
    logger().detachAppender(lines);
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("deepflow.server.storage");
  }

  private LocalDate today() {
    return LocalDate.ofInstant(now, ZoneOffset.UTC);
  }

  /// Two blocks of two agents.
  ///
  /// @return their day, which is over then
  private LocalDate putDay() throws Exception {
    var ledger = new LedgerStore(store);
    LocalDate day = today();
    batch++;
    ledger.put(List.of(sent(AGENT, 2 * batch - 1, "shop", SHOP), sent(OTHER, batch, "cart", 5)));
    ledger.put(List.of(sent(AGENT, 2 * batch, "kept", KEPT)));
    long ofAgent = batch * (SHOP + KEPT);
    ledger.report(AGENT, now, 2 * batch, ofAgent, ofAgent, 0, 0, 0, 0, 0);
    ledger.report(OTHER, now, batch, 5 * batch, 5 * batch, 0, 0, 0, 0, 0);
    now = now.plus(Duration.ofDays(1));
    return day;
  }

  private static LedgerStore.Sent sent(Identity agent, long batch, String service, int spans) {
    return new LedgerStore.Sent(
        agent, batch, LedgerStore.request(agent.high() * 1_000 + batch, service, spans, 0));
  }

  /// Puts other bytes into all columns that spans of that day have, and into their counts.
  private static void damage(LocalDate day) throws Exception {
    engine
        .clickHouse()
        .execute(Query.of("OPTIMIZE TABLE deepflow.spans PARTITION '%s' FINAL".formatted(day)));
    try (Rows rows =
        engine
            .clickHouse()
            .query(
                Query.of(
                    "SELECT path FROM system.parts WHERE database = 'deepflow' AND table = 'spans' AND active AND partition = '%s'"
                        .formatted(day)))) {
      while (rows.next()) {
        damage(Path.of(rows.getString(0)));
      }
    }
  }

  private static void damage(Path part) throws IOException {
    try (Stream<Path> files = Files.walk(part)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".bin")).toList()) {
        Files.write(file, new byte[(int) Files.size(file)]);
      }
    }
  }

  private static List<String> days() throws Exception {
    List<String> days = new ArrayList<>();
    try (Rows rows =
        engine
            .clickHouse()
            .query(
                Query.of(
                    "SELECT DISTINCT partition FROM system.parts WHERE database = 'deepflow' AND table = 'spans' AND active ORDER BY partition"))) {
      while (rows.next()) {
        days.add(rows.getString(0));
      }
    }
    return days;
  }

  private static void insertOldMetrics() throws Exception {
    engine
        .clickHouse()
        .execute(Query.of("INSERT INTO deepflow.red_1m (block_time) SELECT now() - 86400 * 300"));
  }

  private static long oldMetrics() throws Exception {
    return engine.number(
        "SELECT count() FROM deepflow.red_1m WHERE block_time < now() - 86400 * 200");
  }

  private void failStatements(String part) {
    faulty.setStatementFaults(sql -> sql.contains(part) ? Fault.BROKEN : Fault.NONE);
  }

  private void checkTold(LocalDate day) {
    assertThat(lines.list)
        .filteredOn(line -> line.getLevel() == Level.ERROR)
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line.getFormattedMessage()).contains(day.toString()));
  }

  /// What expired of each agent.
  private Map<String, Long> checkBalances() throws Exception {
    Map<String, Balance> balances =
        Balance.of(
            new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
                .entries(By.AGENT, 0, now.getEpochSecond()));
    balances.forEach((agent, balance) -> assertThat(balance.difference()).as(agent).isZero());
    return balances.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, agent -> agent.getValue().of(Fate.EXPIRED)));
  }

  /// All else is done, and who looks after it is told that something can't go.
  private void expireInVain() {
    assertThatThrownBy(() -> store.expiry().run()).isInstanceOf(ClickHouseException.class);
  }

  @Test
  void spansThatCannotBeReadExpireAndAreCountedAsTheirBlocksWereNoted() throws Exception {
    LocalDate damaged = putDay();
    putDay();
    damage(damaged);
    now = now.plus(Duration.ofDays(10));
    store.expiry().run();

    assertThat(days()).isEmpty();
    checkTold(damaged);
    assertThat(checkBalances())
        .containsEntry(AGENT.toString(), 2L * (SHOP + KEPT))
        .containsEntry(OTHER.toString(), 2L * 5);
  }

  @Test
  void whatIsLeftOfADayThatRulesHaveCutExpiresOnceIfItCannotBeRead() throws Exception {
    LocalDate damaged = putDay();
    now = now.plus(Duration.ofDays(2));
    store.expiry().run();
    assertThat(engine.number("SELECT count() FROM deepflow.spans")).isEqualTo(KEPT);
    damage(damaged);
    now = now.plus(Duration.ofDays(10));
    store.expiry().run();

    assertThat(days()).isEmpty();
    assertThat(checkBalances()).hasSize(2);
    assertThat(engine.number("SELECT sum(spans) FROM deepflow.expired WHERE reason = 'rule'"))
        .isEqualTo(OF_DAY - KEPT);
    assertThat(engine.number("SELECT sum(spans) FROM deepflow.expired WHERE reason = 'age'"))
        .isEqualTo(KEPT);
  }

  @Test
  void aDayThatCannotBeDroppedKeepsNoOtherAndIsDroppedOnceItCan() throws Exception {
    LocalDate stuck = putDay();
    putDay();
    insertOldMetrics();
    now = now.plus(Duration.ofDays(10));
    failStatements("spans  DROP PARTITION '%s'".formatted(stuck));
    expireInVain();
    expireInVain();
    assertThat(days()).containsExactly(stuck.toString());
    assertThat(oldMetrics()).isZero();
    checkTold(stuck);

    faulty.setStatementFaults(_ -> Fault.NONE);
    store.expiry().run();
    assertThat(days()).isEmpty();
    assertThat(checkBalances()).hasSize(2);
  }

  @Test
  void aFullDiskTakesTheNextDayWhenTheOldestCannotBeDropped() throws Exception {
    open(/* freeBytesMin= */ Long.MAX_VALUE);
    LocalDate stuck = putDay();
    putDay();
    LocalDate last = putDay();
    failStatements("spans  DROP PARTITION '%s'".formatted(stuck));
    expireInVain();

    assertThat(days()).containsExactly(stuck.toString(), last.toString());
    checkTold(stuck);
  }

  @Test
  void aDayThatCannotBeCutKeepsNoOther() throws Exception {
    LocalDate damaged = putDay();
    LocalDate next = putDay();
    damage(damaged);
    insertOldMetrics();
    now = now.plus(Duration.ofDays(2));
    expireInVain();

    assertThat(
            engine.number(
                "SELECT sum(rows) FROM system.parts WHERE database = 'deepflow' AND table = 'spans' AND active AND partition = '%s'"
                    .formatted(next)))
        .isEqualTo(KEPT);
    assertThat(oldMetrics()).isZero();
    checkTold(damaged);
  }

  @Test
  void aCutThatIsCountedAndCannotEndLosesNothingToTheNextDay() throws Exception {
    LocalDate stuck = putDay();
    putDay();
    now = now.plus(Duration.ofDays(2));
    failStatements("spans  REPLACE PARTITION '%s'".formatted(stuck));
    expireInVain();
    expireInVain();
    assertThat(engine.number("SELECT count() FROM deepflow.spans")).isEqualTo(2 * OF_DAY);

    faulty.setStatementFaults(_ -> Fault.NONE);
    store.expiry().run();
    assertThat(engine.number("SELECT count() FROM deepflow.spans")).isEqualTo(2 * KEPT);
    assertThat(checkBalances()).hasSize(2);
  }
}
