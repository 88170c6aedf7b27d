package deepflow.server.querier.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.EmbeddedClickHouse;
import deepflow.clickhouse.EmbeddedClickHouseConfig;
import deepflow.clickhouse.FaultyClickHouse;
import deepflow.clickhouse.FaultyClickHouse.Fault;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import deepflow.server.storage.Lifetimes;
import deepflow.server.storage.Position;
import deepflow.server.storage.Store;
import deepflow.server.storage.StoreConfig;
import deepflow.wire.frame.Identity;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A small file system of its own, of which something else takes the very last byte.
class FullVolumeTest {
  private static final Identity AGENT = new Identity(7, 7);
  private static final int SPANS = 1_000;
  private static final String SIZE = "size=256m";
  private static final StoreConfig CONFIG =
      new StoreConfig(
          Lifetimes.of(Duration.ofDays(30)),
          /* freeBytesMin= */ 128L << 20,
          StoreConfig.METRICS_KEYS,
          "MergeTree",
          "ReplacingMergeTree",
          "");

  @TempDir private Path volume;

  private Instant now = Instant.now();
  private @Nullable ClickHouse engine;

  @BeforeEach
  void mount() throws Exception {
    assumeThat(run("mount", "-t", "tmpfs", "-o", SIZE, "tmpfs", volume.toString()))
        .as("whether this user may mount a tmpfs, as root may: else there is no disk to fill")
        .isZero();
  }

  @AfterEach
  void unmount() throws Exception {
    close();
    run("umount", volume.toString());
  }

  private static int run(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private FaultyClickHouse start() throws Exception {
    close();
    ClickHouse opened =
        EmbeddedClickHouse.open(EmbeddedClickHouseConfig.at(volume.resolve("clickhouse")));
    engine = opened;
    return new FaultyClickHouse(opened);
  }

  private void close() {
    if (engine != null) {
      engine.close();
      engine = null;
    }
  }

  private Store open(ClickHouse clickHouse) throws Exception {
    return Store.open(clickHouse, CONFIG, () -> now, new Random(1));
  }

  private static void send(Store store, long batch) throws Exception {
    new LedgerStore(store)
        .put(
            List.of(
                new LedgerStore.Sent(AGENT, batch, LedgerStore.request(batch, "shop", SPANS, 0))));
  }

  private void sendYesterdayAndToday(Store store) throws Exception {
    now = Instant.now().minus(Duration.ofDays(1));
    send(store, 1);
    now = Instant.now();
    send(store, 2);
  }

  /// As an agent's queue beside the store does.
  private void takeWhatIsLeft() throws IOException {
    byte[] page = new byte[4096];
    try (OutputStream file = Files.newOutputStream(queue())) {
      while (Files.getFileStore(volume).getUsableSpace() > 0) {
        file.write(page);
      }
    }
  }

  private Path queue() {
    return volume.resolve("queue");
  }

  private static long number(ClickHouse clickHouse, String sql) throws ClickHouseException {
    try (Rows rows = clickHouse.query(Query.of(sql))) {
      return rows.next() ? rows.getLong(0) : 0;
    }
  }

  private static void checkOnlyTodayIsThereAndYesterdayIsCounted(ClickHouse clickHouse, long today)
      throws Exception {
    assertThat(number(clickHouse, "SELECT count() FROM deepflow.spans")).isEqualTo(today);
    assertThat(number(clickHouse, "SELECT countIf(block_time < today()) FROM deepflow.spans"))
        .isZero();
    assertThat(number(clickHouse, "SELECT sum(spans) FROM deepflow.expired WHERE reason = 'space'"))
        .isEqualTo(SPANS);
  }

  private static long ballast(ClickHouse clickHouse) throws Exception {
    return number(
        clickHouse,
        "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'deepflow' AND table ="
            + " 'ballast'");
  }

  @Test
  void aDiskWithoutAByteLeftGivesUpTheOldestDayAndHoldsRoomForTheNextTime() throws Exception {
    ClickHouse clickHouse = start();
    Store store = open(clickHouse);
    store.expiry().run();
    assertThat(ballast(clickHouse)).isBetween(8L << 20, 9L << 20);
    sendYesterdayAndToday(store);
    takeWhatIsLeft();

    store.expiry().run();
    checkOnlyTodayIsThereAndYesterdayIsCounted(clickHouse, SPANS);
    assertThat(ballast(clickHouse)).isZero();

    Files.delete(queue());
    store.expiry().run();
    assertThat(ballast(clickHouse)).isBetween(8L << 20, 9L << 20);
  }

  @Test
  void aServerStartsOnADiskWithoutAByteLeftAndCompletesWhatACrashCutShort() throws Exception {
    FaultyClickHouse dying = start();
    Store store = open(dying);
    store.expiry().run();
    sendYesterdayAndToday(store);
    dying.setFaults(sql ->
        sql.startsWith("INSERT INTO deepflow.trace_index ") ? Fault.BUSY_BEFORE : Fault.NONE);
    assertThatThrownBy(() -> send(store, 3)).isInstanceOf(ClickHouseException.class);
    close();
    takeWhatIsLeft();

    ClickHouse clickHouse = start();
    Store again = open(clickHouse);
    assertThat(again.positions().get(AGENT)).isEqualTo(new Position(3, 1));
    checkOnlyTodayIsThereAndYesterdayIsCounted(clickHouse, 2 * SPANS);
  }
}
