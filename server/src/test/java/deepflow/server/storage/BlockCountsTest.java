package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Counts of spans by block, which the engine keeps with each part and doesn't sync.
class BlockCountsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static void open() throws Exception {
    Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(3)),
        InstantSource.system(),
        new Random(1));
  }

  private static void insert(int block) throws Exception {
    engine
        .clickHouse()
        .execute(
            Query.of(
                    "INSERT INTO deepflow.spans (block_time, block_id) SELECT now(), {block:UInt64} FROM numbers(1000)")
                .with("block", block));
  }

  private static Path part() throws Exception {
    try (Rows rows =
        engine
            .clickHouse()
            .query(
                Query.of(
                    "SELECT path FROM system.parts WHERE table = 'spans' AND active ORDER BY name LIMIT 1"))) {
      assertThat(rows.next()).isTrue();
      return Path.of(rows.getString(0));
    }
  }

  @Test
  void countsThatAPowerCutLostAreMadeAnewAndTheirPartsMergeAgain() throws Exception {
    open();
    insert(1);
    insert(2);
    Path counts = part().resolve("block_counts.proj").resolve("data.bin");
    engine.clickHouse().close();
    Files.write(counts, new byte[0]);
    engine.reopen();
    String broken =
        "SELECT count() FROM system.projection_parts WHERE table = 'spans' AND active AND is_broken";
    assertThat(engine.number(broken)).isOne();
    assertThat(
            engine.number(
                "SELECT sum(n) FROM (SELECT count() AS n FROM deepflow.spans GROUP BY block_id)"))
        .isEqualTo(2_000);

    open();
    Instant limit = Instant.now().plusSeconds(60);
    while (engine.number(broken) > 0 && Instant.now().isBefore(limit)) {
      Thread.sleep(100);
    }
    assertThat(engine.number(broken)).isZero();
    engine.clickHouse().execute(Query.of("OPTIMIZE TABLE deepflow.spans FINAL"));
    assertThat(engine.number("SELECT count() FROM system.parts WHERE table = 'spans' AND active"))
        .isOne();
  }
}
