package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.ForwardingClickHouse;
import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What a cut reads of a day of which few rows are looked at and few traces are in memory at a
/// time.
class DayCutRowsTest {
  @RegisterExtension static final Engine engine = new Engine();

  private static final int ROWS_AT_ONCE = 20_000;
  private static final int TRACES_AT_ONCE = 500;

  /// Rows of each; some traces are in two.
  private static final int BLOCK = 1_001;

  private static final LocalDate DAY = LocalDate.of(2026, 11, 20);

  /// Adds up the rows of the day that the key leads each statement to.
  private static final class Counted extends ForwardingClickHouse {
    private long rows;
    private int copies;
    private final List<Long> looks = new ArrayList<>();

    Counted() {
      super(engine.clickHouse());
    }

    @Override
    public void execute(Query statement) throws ClickHouseException {
      String sql = statement.sql();
      if (sql.matches(
          "(?s)INSERT INTO deepflow.(traces_found|(traces|spans|trace_index)_kept).*")) {
        String select = "EXPLAIN ESTIMATE " + sql.substring(sql.indexOf("SELECT"));
        try (Rows read =
            query(
                new Query(
                    "SELECT sum(rows) FROM (%s) WHERE table = 'spans'".formatted(select),
                    statement.parameters(),
                    statement.settings(),
                    false))) {
          count(sql, read.next() ? read.getLong(0) : 0);
        }
      }
      super.execute(statement);
    }

    private void count(String sql, long ofDay) {
      rows += ofDay;
      if (sql.startsWith("INSERT INTO deepflow.traces_found")) {
        looks.add(ofDay);
      } else {
        copies++;
      }
    }
  }

  /// Ten spans in each trace, over two seconds each; of every tenth trace one has an error.
  private static void fill(long spans) throws Exception {
    engine.clickHouse().execute(Query.of("DROP DATABASE IF EXISTS deepflow SYNC"));
    Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(30)),
        InstantSource.system(),
        new Random(1));
    String second =
        DAY.atStartOfDay().toEpochSecond(ZoneOffset.UTC) + " + 86400 * number / " + spans;
    String rows =
        "toDateTime(%1$s) AS block_time, MD5(toString(intDiv(number, 10))) AS trace_id, fromUnixTimestamp64Nano(toInt64(1000000000 * toInt64(%1$s))) AS start_time"
            .formatted(second);
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.spans (block_id, block_time, trace_id, start_time, status_code) SELECT intDiv(number, %s), %s, if(number %% 100 = 0, 2, 0) FROM numbers(%s)"
                    .formatted(BLOCK, rows, spans)));
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.blocks (block_time, block_id, spans) SELECT min(block_time), block_id, count() FROM deepflow.spans GROUP BY block_id"));
    engine
        .clickHouse()
        .execute(
            Query.of(
                "INSERT INTO deepflow.trace_index (block_time, trace_id, start_time, span_count) SELECT min(block_time), trace_id, min(start_time), count() FROM deepflow.spans GROUP BY trace_id, %s"
                    .formatted(SpanOrder.step("start_time"))));
    engine.clickHouse().execute(Query.of("OPTIMIZE TABLE deepflow.spans FINAL"));
  }

  private static Counted cut() throws Exception {
    var counted = new Counted();
    StoreConfig config = StoreConfig.single(Duration.ofDays(30));
    var rules =
        new RetentionRules(List.of(RetentionRule.parse("9d status = error")), Duration.ofDays(1));
    var atOnce = new DayCut.AtOnce(ROWS_AT_ONCE, TRACES_AT_ONCE);
    new DayCut(counted, new ExpiryCuts(counted), new UncommittedBlocks(), config, atOnce)
        .cut(DAY, rules, lifetime -> lifetime.equals(Duration.ofDays(1)));
    return counted;
  }

  @Test
  void noStatementLooksForTracesInMoreThanAPartOfTheDay() throws Exception {
    fill(400_000);
    Counted counted = cut();

    assertThat(counted.looks)
        .hasSizeGreaterThanOrEqualTo(400_000 / ROWS_AT_ONCE)
        .allSatisfy(rows -> assertThat(rows).isLessThan(2 * ROWS_AT_ONCE));
  }

  @Test
  void aDayIsReadTwiceHoweverManyTracesStay() throws Exception {
    for (long spans : new long[] {100_000, 400_000}) {
      fill(spans);
      Counted counted = cut();

      assertThat(counted.copies).isGreaterThan((int) (spans / 10 / 10 / TRACES_AT_ONCE));
      assertThat(counted.rows).isBetween(spans, 3 * spans);
      assertThat(engine.number("SELECT count() FROM deepflow.spans")).isEqualTo(spans / 10);
      assertThat(engine.number("SELECT sum(span_count) FROM deepflow.trace_index"))
          .isEqualTo(spans / 10);
      assertThat(engine.number("SELECT sum(spans) FROM deepflow.expired"))
          .isEqualTo(spans - spans / 10);
      assertThat(
              engine.number(
                  "SELECT count() FROM system.tables WHERE name LIKE '%_kept' OR name = 'traces_found'"))
          .isZero();
    }
  }
}
