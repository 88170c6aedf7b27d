package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RepeatedTracesTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final int BLOCKS_IN_DAY = 24;

  /// What rollups took is forgotten after days in which nothing came; a year's blocks must not be
  /// looked at before the first question is answered.
  @Test
  void looksAtOneDayAtMost() throws Exception {
    Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(30)),
        InstantSource.system(),
        new Random(1));
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.blocks (block_time, block_id) WITH"
                    + " toUnixTimestamp(now()) - 864000 - number * 3600 AS second"
                    + " SELECT toDateTime(second, 'UTC'), second * 1000000000 FROM numbers({blocks:UInt32})"
                        .replace("{blocks:UInt32}", Integer.toString(5 * BLOCKS_IN_DAY))));
    var looks = new AtomicInteger();
    var counted =
        new ForwardingClickHouse(engine.clickHouse()) {
          @Override
          public void execute(Query statement) throws ClickHouseException {
            looks.incrementAndGet();
            super.execute(statement);
          }
        };

    assertThat(new RepeatedTraces(counted).between(0, Long.MAX_VALUE)).isFalse();
    assertThat(looks.get()).isBetween(1, BLOCKS_IN_DAY + 1);
  }
}
