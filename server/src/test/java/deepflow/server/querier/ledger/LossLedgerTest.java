package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/// received = stored + merged + queued + refused + expired + damaged + unacknowledged.
class LossLedgerTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final Identity AGENT = new Identity(7, 7);
  private static final Identity DEEPFLOW = Identity.ofDeepFlowAgent(3);

  private Instant now = Instant.parse("2026-03-05T10:00:00Z");
  private final InstantSource clock = () -> now;
  private Store store;

  @BeforeEach
  void open() throws Exception {
    open(StoreConfig.single(Duration.ofDays(3)));
  }

  private void open(StoreConfig config) throws Exception {
    store = Store.open(engine.clickHouse(), config, clock, new Random(1));
  }

  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  /// Stores a batch as a block of its own.
  private void store(Identity agent, long number, String service, int good, int bad)
      throws Exception {
    new LedgerStore(store)
        .put(
            List.of(
                new LedgerStore.Sent(
                    agent, number, LedgerStore.request(number, service, good, bad))));
  }

  /// @param sums through, accepted, covered, resent, invalid, busy, damaged, unacknowledged
  private void report(long... sums) throws Exception {
    new LedgerStore(store).report(AGENT, now, sums);
  }

  private Map<String, Balance> balances(By by) throws Exception {
    return Balance.of(
        new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(by, 0, now.getEpochSecond()));
  }

  private void check(Identity agent, String sides, long difference) throws Exception {
    Balance balance = balances(By.AGENT).get(agent.toString());
    assertThat(balance).isNotNull();
    String found =
        "received %s stored %s merged %s queued %s refused %s expired %s damaged %s unacknowledged %s"
            .formatted(
                balance.of(Fate.RECEIVED),
                balance.of(Fate.STORED),
                balance.of(Fate.MERGED),
                balance.of(Fate.QUEUED),
                balance.of(Fate.REFUSED),
                balance.of(Fate.EXPIRED),
                balance.of(Fate.DAMAGED),
                balance.of(Fate.UNACKNOWLEDGED));
    assertThat(found).isEqualTo(sides);
    assertThat(balance.difference()).as(sides).isEqualTo(difference);
  }

  private static String sides(long... spans) {
    return "received %s stored %s merged %s queued %s refused %s expired %s damaged %s unacknowledged %s"
        .formatted(spans[0], spans[1], spans[2], spans[3], spans[4], spans[5], spans[6], spans[7]);
  }

  @Test
  void balancesWhileReportsLagBehindAndCatchUp() throws Exception {
    store(AGENT, 1, "shop", 10, 0);
    store(AGENT, 2, "shop", 10, 2);
    report(2, 30, 22, 4, 3, 5, 0, 0);
    check(AGENT, sides(42, 20, 4, 8, 10, 0, 0, 0), 0);

    // eight of them are stored now, and three more that no report tells of
    now = now.plusSeconds(90);
    store(AGENT, 3, "till", 7, 1);
    check(AGENT, sides(42, 27, 4, 0, 11, 0, 0, 0), 0);
    store(AGENT, 4, "till", 3, 0);
    check(AGENT, sides(45, 30, 4, 0, 11, 0, 0, 0), 0);

    now = now.plusSeconds(90);
    report(4, 40, 33, 4, 3, 5, 0, 0);
    check(AGENT, sides(52, 30, 4, 7, 11, 0, 0, 0), 0);
    now = now.plusSeconds(5);
    report(9, 40, 40, 4, 3, 5, 6, 1);
    check(AGENT, sides(52, 30, 4, 0, 11, 0, 6, 1), 0);
  }

  @Test
  void saysHowManySpansAreMissing() throws Exception {
    store(AGENT, 1, "shop", 10, 0);
    report(2, 17, 17, 0, 0, 0, 0, 0);
    check(AGENT, sides(17, 10, 0, 0, 0, 0, 0, 0), 7);
  }

  @Test
  void saysHowManySpansAreTooMany() throws Exception {
    store(AGENT, 1, "shop", 10, 0);
    report(1, 8, 8, 0, 0, 0, 0, 0);
    check(AGENT, sides(8, 10, 0, 0, 0, 0, 0, 0), -2);
  }

  @Test
  void anAgentThatNeverReportsHasWhatIsHere() throws Exception {
    store(DEEPFLOW, 1, "shop", 5, 1);
    check(DEEPFLOW, sides(6, 5, 0, 0, 1, 0, 0, 0), 0);
  }

  @Test
  void tellsWhatCameAndWentInEachMinute() throws Exception {
    long accepted = 0;
    for (int minute = 1; minute <= 4; minute++) {
      store(AGENT, minute, "shop", 10 * minute, 0);
      accepted += 10L * minute;
      report(minute, accepted, accepted, minute, 0, 0, 0, 0);
      now = now.plusSeconds(60);
    }
    List<LedgerEntry> entries =
        new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(By.MINUTE, 0, now.getEpochSecond());
    assertThat(of(entries, Fate.STORED)).containsExactly(10L, 20L, 30L, 40L);
    assertThat(of(entries, Fate.RECEIVED)).containsExactly(11L, 21L, 31L, 41L);
    assertThat(of(entries, Fate.MERGED)).containsExactly(1L, 1L, 1L, 1L);
  }

  private static List<Long> of(List<LedgerEntry> entries, Fate fate) {
    return entries.stream().filter(entry -> entry.fate() == fate).map(LedgerEntry::spans).toList();
  }

  /// Blocks of any number of batches, refusals, resends and reports in any order; a report may be
  /// lost, may be of a part of a block, and the last ones lag behind.
  @Test
  void eachMinuteHasABalanceOfItsOwnAndTogetherTheyAreThatOfAllTime() throws Exception {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    Instant begin = now;
    long[] spansOfBatch = new long[60];
    long accepted = 0;
    long resent = 0;
    long invalid = 0;
    long sent = 0;
    for (int batch = 1; batch < spansOfBatch.length; batch++) {
      int good = 1 + random.nextInt(5);
      int bad = random.nextInt(3);
      spansOfBatch[batch] = (long) good + bad;
      accepted += good + bad;
      resent += random.nextInt(2);
      invalid += random.nextInt(2);
      if (random.nextInt(4) > 0) {
        List<LedgerStore.Sent> waiting = new ArrayList<>();
        while (sent < batch) {
          sent++;
          int refused = sent == batch ? bad : 0;
          waiting.add(
              new LedgerStore.Sent(
                  AGENT,
                  sent,
                  LedgerStore.request(
                      sent, "shop", (int) spansOfBatch[(int) sent] - refused, refused)));
          if (random.nextBoolean()) {
            put(waiting);
          }
        }
        put(waiting);
      }
      if (random.nextInt(3) > 0) {
        long through = Math.max(0, sent - random.nextInt(4));
        long covered = 0;
        for (int i = 1; i <= through; i++) {
          covered += spansOfBatch[i];
        }
        report(through, accepted, covered, resent, invalid, 0, 0, 0);
      }
      now = now.plusSeconds(random.nextInt(40));
    }
    store(DEEPFLOW, 1, "till", 7, 0);

    checkSteps(begin, seed);
  }

  @Test
  void anAgentThatForgotWhatWasAcknowledgedKeepsItsBalance() throws Exception {
    store(AGENT, 1, "shop", 10, 0);
    store(AGENT, 2, "shop", 5, 0);
    report(2, 15, 15, 0, 0, 0, 0, 0);
    now = now.plusSeconds(60);
    report(1, 15, 10, 0, 0, 0, 0, 0);
    check(AGENT, sides(15, 15, 0, 0, 0, 0, 0, 0), 0);
    now = now.plusSeconds(60);
    store(AGENT, 3, "shop", 7, 0);
    report(3, 22, 22, 0, 0, 0, 0, 0);

    check(AGENT, sides(22, 22, 0, 0, 0, 0, 0, 0), 0);
    List<LedgerEntry> steps =
        new LedgerSteps(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(By.MINUTE, 0, now.getEpochSecond(), 60).stream()
                .map(LedgerSteps.Entry::spans)
                .toList();
    assertThat(of(steps, Fate.STORED)).containsExactly(15L, 7L);
    assertThat(of(steps, Fate.QUEUED)).isEmpty();
    assertThat(of(steps, Fate.RECEIVED)).containsExactly(15L, 7L);
  }

  /// As one block.
  private void put(List<LedgerStore.Sent> batches) throws Exception {
    if (!batches.isEmpty()) {
      new LedgerStore(store).put(batches);
      batches.clear();
    }
  }

  private void checkSteps(Instant begin, long seed) throws Exception {
    List<LedgerSteps.Entry> entries =
        new LedgerSteps(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(By.AGENT, begin.getEpochSecond() / 60 * 60, now.getEpochSecond(), 60);
    Map<Fate, Long> together = new EnumMap<>(Fate.class);
    for (List<LedgerEntry> minute :
        entries.stream()
            .collect(
                Collectors.groupingBy(
                    LedgerSteps.Entry::time,
                    Collectors.mapping(LedgerSteps.Entry::spans, Collectors.toList())))
            .values()) {
      Balance.ofStep(minute)
          .values()
          .forEach(balance ->
              assertThat(balance.difference()).as("tests.seed=%s %s", seed, minute).isZero());
      minute.forEach(entry -> together.merge(entry.fate(), entry.spans(), Long::sum));
    }
    assertThat(entries.stream().map(LedgerSteps.Entry::time).distinct()).hasSizeGreaterThan(8);
    Balance all = balances(By.AGENT).get(AGENT.toString());
    assertThat(all).isNotNull();
    assertThat(together.get(Fate.STORED)).isEqualTo(all.of(Fate.STORED) + 7);
    assertThat(together.getOrDefault(Fate.REFUSED, 0L)).isEqualTo(all.of(Fate.REFUSED));
    assertThat(together.getOrDefault(Fate.MERGED, 0L)).isEqualTo(all.of(Fate.MERGED));
  }

  @Test
  void aMinuteThatLostSpansSaysHowMany() throws Exception {
    for (int minute = 1; minute <= 3; minute++) {
      store(AGENT, minute, "shop", 10 * minute, 0);
      report(minute, 5L * minute * (minute + 1), 5L * minute * (minute + 1), 0, 0, 0, 0, 0);
      now = now.plusSeconds(60);
    }
    engine
        .clickHouse()
        .execute(
            Query.of("ALTER TABLE deepflow.spans DELETE WHERE batch = 2")
                .setting("mutations_sync", 2));

    assertThat(
            new LedgerSteps(engine.clickHouse(), QueryLimits.DEFAULT)
                .entries(By.MINUTE, 0, now.getEpochSecond(), 60).stream()
                    .collect(
                        Collectors.groupingBy(
                            LedgerSteps.Entry::time,
                            TreeMap::new,
                            Collectors.mapping(
                                step ->
                                    new LedgerEntry(
                                        "", step.spans().fate(), "", step.spans().spans()),
                                Collectors.toList())))
                    .values()
                    .stream()
                    .map(step -> Objects.requireNonNull(Balance.ofStep(step).get("")).difference()))
        .containsExactly(0L, 20L, 0L);
  }

  /// A node lost its power in the evening, and its agent reports in the morning what the store has
  /// of it. Others stored at that time as well, and had reported it.
  @Test
  void aStretchHasWhatAnAgentHadStoredBeforeItFellSilent() throws Exception {
    Identity other = new Identity(8, 8);
    store(other, 1, "till", 20, 1);
    new LedgerStore(store).report(other, now, 1, 21, 21, 0, 0, 0, 0, 0);
    now = now.plusSeconds(60);
    store(AGENT, 1, "shop", 10, 2);
    report(1, 12, 12, 0, 0, 0, 0, 0);
    store(AGENT, 2, "shop", 5, 1);
    now = now.plus(Duration.ofHours(12));
    report(2, 18, 18, 0, 0, 0, 0, 0);
    new LedgerStore(store).report(other, now, 1, 21, 21, 0, 0, 0, 0, 0);

    List<LedgerEntry> entries =
        new LedgerSteps(engine.clickHouse(), QueryLimits.DEFAULT)
                .entries(
                    By.AGENT,
                    now.minusSeconds(1_800).getEpochSecond() / 60 * 60,
                    now.getEpochSecond(),
                    LedgerSteps.ONE)
                .stream()
                .map(LedgerSteps.Entry::spans)
                .toList();
    assertThat(of(entries, Fate.RECEIVED)).containsExactly(6L);
    assertThat(of(entries, Fate.STORED)).containsExactly(5L);
    assertThat(of(entries, Fate.REFUSED)).containsExactly(1L);
    Balance.ofStep(entries).values().forEach(balance -> assertThat(balance.difference()).isZero());
  }

  /// The clock stands still, or is behind the last block: a number must not be given again.
  @Test
  void whatABlockRefusedThatACrashCutShortIsRefusedOnce() throws Exception {
    var dying = new FaultyClickHouse(engine.clickHouse());
    dying.setFaults(sql -> sql.contains("deepflow.spans") ? Fault.BROKEN : Fault.NONE);
    store = Store.open(dying, StoreConfig.single(Duration.ofDays(3)), clock, new Random(1));
    assertThatThrownBy(() -> store(AGENT, 1, "shop", 10, 2))
        .isInstanceOf(ClickHouseException.class);

    open();
    store(AGENT, 1, "shop", 10, 2);
    report(1, 12, 12, 0, 0, 0, 0, 0);
    check(AGENT, sides(12, 10, 0, 0, 2, 0, 0, 0), 0);
  }

  @Test
  void whatRetentionDropsIsExpiredAndNothingIsCountedTwice() throws Exception {
    store(AGENT, 1, "shop", 10, 0);
    store(AGENT, 2, "till", 6, 0);
    report(2, 16, 16, 0, 0, 0, 0, 0);
    now = now.plus(Duration.ofDays(2));
    store(AGENT, 3, "shop", 4, 0);
    report(3, 20, 20, 0, 0, 0, 0, 0);
    store.expiry().run();
    check(AGENT, sides(20, 20, 0, 0, 0, 0, 0, 0), 0);

    now = now.plus(Duration.ofDays(2));
    for (int run = 0; run < 2; run++) {
      store.expiry().run();
      check(AGENT, sides(20, 4, 0, 0, 0, 16, 0, 0), 0);
    }
    List<LedgerEntry> services =
        new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
            .entries(By.SERVICE, 0, now.getEpochSecond());
    assertThat(services)
        .contains(
            new LedgerEntry("shop", Fate.EXPIRED, "age", 10),
            new LedgerEntry("till", Fate.EXPIRED, "age", 6),
            new LedgerEntry("shop", Fate.STORED, "", 4));
  }

  @Test
  void aDayThatWasCountedAndNotDroppedIsDroppedWithoutCountingItAgain() throws Exception {
    store(AGENT, 1, "shop", 10, 0);
    report(1, 10, 10, 0, 0, 0, 0, 0);
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.expired SELECT toDate(block_time), toStartOfHour(block_time),"
                    + " agent, service, 'age', max(batch), count(), 1 FROM deepflow.spans"
                    + " GROUP BY ALL"));
    open(); // the process died there

    store.expiry().run();
    check(AGENT, sides(10, 0, 0, 0, 0, 10, 0, 0), 0);
  }

  private void openOnFullDisk() throws Exception {
    open(
        new StoreConfig(
            Lifetimes.of(Duration.ofDays(30)),
            Long.MAX_VALUE,
            StoreConfig.METRICS_KEYS,
            "MergeTree",
            "ReplacingMergeTree",
            ""));
  }

  @Test
  void aFullDiskTakesTheOldestDaysAndNeverToday() throws Exception {
    openOnFullDisk();
    for (int day = 1; day <= 3; day++) {
      store(AGENT, day, "shop", 10, 0);
      now = now.plus(Duration.ofDays(1));
    }
    now = now.minus(Duration.ofDays(1));
    report(3, 30, 30, 0, 0, 0, 0, 0);
    for (int look = 0; look < 3; look++) {
      store.expiry().run();
    }

    check(AGENT, sides(30, 10, 0, 0, 0, 20, 0, 0), 0);
    assertThat(
            new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
                .entries(By.REASON, 0, now.getEpochSecond()))
        .contains(new LedgerEntry("", Fate.EXPIRED, "space", 20));
  }

  /// A block keeps the day in which it was named, also when it had to wait for space until the day
  /// was dropped.
  @Test
  void whatComesIntoADroppedDayIsCountedWhenThatIsDroppedAgain() throws Exception {
    openOnFullDisk();
    for (int batch = 1; batch <= 2; batch++) {
      store(AGENT, batch, "shop", 10, 0);
      now = now.plus(Duration.ofDays(1));
      store.expiry().run();
      now = now.minus(Duration.ofDays(1));
    }
    report(2, 20, 20, 0, 0, 0, 0, 0);

    check(AGENT, sides(20, 0, 0, 0, 0, 20, 0, 0), 0);
  }

  @Test
  @EnabledIfSystemProperty(named = "deepflow.long", matches = "true")
  void mergedAwayPartsOfEveryTableAreGoneWithinAMinute() throws Exception {
    List<String> tables =
        names(
            "SELECT name FROM system.tables WHERE database = 'deepflow' AND engine LIKE"
                + " '%MergeTree' AND name != 'schema_migrations'");
    for (String table : tables) {
      String row = names(rowOfNow(table)).getFirst();
      engine.clickHouse().execute(Query.of(row));
      engine.clickHouse().execute(Query.of(row));
      engine.clickHouse().execute(Query.of("OPTIMIZE TABLE deepflow.%s FINAL".formatted(table)));
    }
    String mergedAway =
        "SELECT DISTINCT table FROM system.parts WHERE database = 'deepflow' AND NOT active"
            + " AND table != 'schema_migrations'";
    assertThat(names(mergedAway)).containsExactlyInAnyOrderElementsOf(tables);

    Instant limit = Instant.now().plusSeconds(60);
    while (!names(mergedAway).isEmpty() && Instant.now().isBefore(limit)) {
      Thread.sleep(1_000);
    }

    assertThat(names(mergedAway)).isEmpty();
  }

  /// Gives the statement that puts a row into a table which doesn't expire; all but one of its
  /// columns have their defaults.
  private static String rowOfNow(String table) {
    return """
    SELECT concat('INSERT INTO deepflow.', table, ' (', name, ') SELECT ',
      if(type LIKE 'Date%%', 'now()', concat('defaultValueOfTypeName(\\'', type, '\\')')))
    FROM system.columns WHERE database = 'deepflow' AND table = '%s'
    ORDER BY indexOf(['day', 'minute', 'block_time'], name) DESC, position
    LIMIT 1
    """
        .formatted(table);
  }

  private static List<String> names(String sql) throws Exception {
    List<String> names = new ArrayList<>();
    try (Rows rows = engine.clickHouse().query(Query.of(sql))) {
      while (rows.next()) {
        names.add(rows.getString(0));
      }
    }
    return names;
  }
}
