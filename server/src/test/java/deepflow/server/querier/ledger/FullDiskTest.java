package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.querier.QueryLimits;
import deepflow.server.storage.Engine;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.Position;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.frame.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A disk that is full by half a day's spans. What is dropped takes its space until nobody reads it
/// any more, as on any disk.
class FullDiskTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final long FREE_MIN = 1 << 18;

  /// In each batch: enough that the small parts of other tables, which come and go, don't matter.
  private static final int SPANS = 40_000;

  private static final Identity AGENT = new Identity(7, 7);
  private static final String USED =
      "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'deepflow'";

  /// The engine on a disk of that size which has nothing but the store.
  private static final class SmallDisk extends ForwardingClickHouse {
    private final FaultyClickHouse faulty;
    private long bytes = Long.MAX_VALUE;

    SmallDisk() {
      this(new FaultyClickHouse(engine.clickHouse()));
    }

    private SmallDisk(FaultyClickHouse faulty) {
      super(faulty);
      this.faulty = faulty;
      faulty.setFaults(sql ->
          sql.startsWith("INSERT INTO deepflow.trace_index ") && isFull()
              ? Fault.BUSY_BEFORE
              : Fault.NONE);
    }

    private boolean isFull() {
      try {
        return bytes - engine.number(USED) < FREE_MIN;
      } catch (ClickHouseException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Rows query(Query query) throws ClickHouseException {
      String disks =
          "(SELECT name, toUInt64(greatest(%s - (%s), 0)) AS unreserved_space FROM system.disks)"
              .formatted(bytes, USED);
      return super.query(
          new Query(
              query.sql().replace("system.disks", disks),
              query.parameters(),
              query.settings(),
              query.untrusted()));
    }
  }

  private Instant now = Instant.now();
  private final SmallDisk disk = new SmallDisk();
  private Store store;

  @BeforeEach
  void open() throws Exception {
    StoreConfig config =
        new StoreConfig(
            Lifetimes.of(Duration.ofDays(30)),
            /* freeBytesMin= */ FREE_MIN,
            StoreConfig.METRICS_KEYS,
            "MergeTree",
            "ReplacingMergeTree",
            "");
    store = Store.open(disk, config, () -> now, new Random(1));
  }

  @AfterEach
  void drop() throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE deepflow SYNC"));
  }

  private void send(long batch) throws Exception {
    new LedgerStore(store)
        .put(
            List.of(
                new LedgerStore.Sent(AGENT, batch, LedgerStore.request(batch, "shop", SPANS, 0))));
  }

  /// Spans of each of the last days, and of today.
  private void fill(int days) throws Exception {
    for (int day = 1; day <= days; day++) {
      now = Instant.now().minus(Duration.ofDays(days - day));
      send(day);
    }
    long ofADay =
        engine.number(
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'deepflow' AND table ="
                + " 'spans' AND active AND partition = toString(today() - 1)");
    disk.bytes = engine.number(USED) + FREE_MIN - ofADay / 2;
  }

  private static List<String> days() throws Exception {
    List<String> days = new ArrayList<>();
    try (Rows rows =
        engine
            .clickHouse()
            .query(
                Query.of(
                    "SELECT DISTINCT toString(today() - toDate(block_time)) AS ago"
                        + " FROM deepflow.spans ORDER BY ago"))) {
      while (rows.next()) {
        days.add(rows.getString(0));
      }
    }
    return days;
  }

  @Test
  void aDayThatSomebodyStillReadsMakesRoomAndNoOtherIsDroppedForIt() throws Exception {
    fill(4);
    String all = "SELECT arrayJoin(range(200)) FROM deepflow.spans";
    try (Rows reader = engine.clickHouse().query(Query.of(all).setting("max_block_size", 100L))) {
      assertThat(reader.next()).isTrue();
      for (int look = 0; look < 3; look++) {
        store.expiry().run();
      }
      assertThat(days()).containsExactly("0", "1", "2");
      assertThat(engine.number(USED)).as("it is held").isGreaterThan(disk.bytes - FREE_MIN);
    }
  }

  @Test
  void aLookDropsOneDayAndTheNextSeesWhetherThatWasEnough() throws Exception {
    fill(4);
    disk.bytes = 0;
    store.expiry().run();
    assertThat(days()).containsExactly("0", "1", "2");

    for (int look = 0; look < 3; look++) {
      store.expiry().run();
    }
    assertThat(days()).containsExactly("0");
  }

  /// Nothing can be inserted while the space is held that is there for it.
  private void takeAllButTheBallast() {
    assertThat(hasBallast()).isTrue();
    disk.faulty.setStatementFaults(sql ->
        sql.startsWith("INSERT INTO deepflow.expir") && hasBallast()
            ? Fault.BUSY_BEFORE
            : Fault.NONE);
  }

  private static boolean hasBallast() {
    try {
      return engine.number("SELECT count() FROM system.tables WHERE name = 'ballast'") > 0;
    } catch (ClickHouseException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aDayGoesFromADiskThatHasNoRoomToCountIt() throws Exception {
    store.expiry().run();
    fill(3);
    takeAllButTheBallast();

    store.expiry().run();
    assertThat(days()).containsExactly("0", "1");
    checkBalance(3 * SPANS, SPANS);
  }

  @Test
  void whatFailsForAnotherReasonThanAFullDiskTakesNoBallast() throws Exception {
    store.expiry().run();
    fill(2);
    disk.bytes = Long.MAX_VALUE;
    takeAllButTheBallast();
    now = now.plus(Duration.ofDays(40));

    assertThatThrownBy(() -> store.expiry().run()).isInstanceOf(ClickHouseException.class);
    assertThat(hasBallast()).isTrue();
  }

  /// The process ends when the spans of a block are there and hardly anything else of it.
  private void fillAndDie() {
    disk.bytes = 0;
    assertThatThrownBy(() -> send(9)).isInstanceOf(ClickHouseException.class);
  }

  private void checkBalance(long sent, long expired) throws Exception {
    new LedgerStore(store).report(AGENT, now, 9, sent, sent, 0, 0, 0, 0, 0);
    Balance balance =
        Balance.of(
                new LossLedger(engine.clickHouse(), QueryLimits.DEFAULT)
                    .entries(LossLedger.By.AGENT, 0, now.getEpochSecond()))
            .get(AGENT.toString());
    assertThat(balance).isNotNull();
    assertThat(balance.of(LedgerEntry.Fate.EXPIRED)).isEqualTo(expired);
    assertThat(balance.difference()).isZero();
  }

  @Test
  void aStoreWhoseDiskFilledUpTodayOpensAndDropsYesterdayForWhatACrashLeftBehind()
      throws Exception {
    fill(2);
    fillAndDie();
    disk.bytes = engine.number(USED) + FREE_MIN / 2;
    open();
    assertThat(days()).containsExactly("0");
    assertThat(store.positions().get(AGENT)).isEqualTo(new Position(9, 1));
    assertThat(engine.number("SELECT sum(span_count) FROM deepflow.trace_index"))
        .isEqualTo(2 * SPANS);
    checkBalance(3 * SPANS, SPANS);
  }

  @Test
  void aStoreWhoseDiskFilledUpYesterdayOpensWithoutThatDayAndNobodySendsItAgain() throws Exception {
    now = Instant.now().minus(Duration.ofDays(1));
    send(1);
    fillAndDie();
    disk.bytes = engine.number(USED) + FREE_MIN / 2;
    now = Instant.now();

    open();
    assertThat(days()).isEmpty();
    assertThat(store.positions().get(AGENT)).isEqualTo(new Position(9, 1));
    checkBalance(2 * SPANS, 2 * SPANS);
  }

  @Test
  void aFullDiskWithNothingButTodayIsNotOpenedAndLosesNothing() throws Exception {
    send(1);
    fillAndDie();

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> assertThat(e.kind()).isEqualTo(ClickHouseException.Kind.BUSY));
    assertThat(engine.number("SELECT count() FROM deepflow.spans")).isEqualTo(2 * SPANS);
  }
}
