package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.storage.Engine;
import deepflow.server.storage.RetentionRules;
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

  private static final Identity AGENT = new Identity(7, 7);
  private static final String USED =
      "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'deepflow'";

  /// The engine on a disk of that size which has nothing but the store.
  private static final class SmallDisk extends ForwardingClickHouse {
    private long bytes = Long.MAX_VALUE;

    SmallDisk() {
      super(engine.clickHouse());
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
            RetentionRules.of(Duration.ofDays(30)),
            /* freeBytesMin= */ 1 << 20,
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

  /// Spans of each of the last days, and of today.
  private void fill(int days) throws Exception {
    now = Instant.now().minus(Duration.ofDays(days - 1));
    for (int day = 1; day <= days; day++) {
      new LedgerStore(store)
          .put(
              List.of(
                  new LedgerStore.Sent(AGENT, day, LedgerStore.request(day, "shop", 2_000, 0))));
      now = day < days ? now.plus(Duration.ofDays(1)) : now;
    }
    long ofADay =
        number(
            "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'deepflow' AND table ="
                + " 'spans' AND active AND partition = toString(today() - 1)");
    disk.bytes = number(USED) + (1 << 20) - ofADay / 2;
  }

  private static long number(String sql) throws Exception {
    try (Rows rows = engine.clickHouse().query(Query.of(sql))) {
      return rows.next() ? rows.getLong(0) : 0;
    }
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
    String all = "SELECT arrayJoin(range(5000)) FROM deepflow.spans";
    try (Rows reader = engine.clickHouse().query(Query.of(all).setting("max_block_size", 100L))) {
      assertThat(reader.next()).isTrue();
      for (int look = 0; look < 3; look++) {
        store.expiry().run();
      }
      assertThat(days()).containsExactly("0", "1", "2");
      assertThat(number(USED)).as("it is held").isGreaterThan(disk.bytes - (1 << 20));
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
}
