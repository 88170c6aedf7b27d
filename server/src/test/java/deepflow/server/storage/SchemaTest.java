package deepflow.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import deepflow.clickhouse.Query;
import deepflow.clickhouse.Rows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What holds of each table of the store.
class SchemaTest {
  @RegisterExtension static final Engine engine = new Engine();

  @BeforeAll
  static void open() throws Exception {
    Store.open(
        engine.clickHouse(),
        StoreConfig.single(Duration.ofDays(3)),
        InstantSource.system(),
        new Random(1));
  }

  @Test
  void everyTableIsToldToForgetMergedAwayPartsWithinAMinute() throws Exception {
    assertThat(tables("create_table_query NOT LIKE '%old_parts_lifetime = 15,%'")).isEmpty();
    assertThat(tables("create_table_query NOT LIKE '%max_cleanup_delay_period = 30%'")).isEmpty();
    assertThat(tables("1")).contains("spans", "value_index", "red_1s", "blocks");
  }

  @Test
  void mergedPartsAreOnTheDiskBeforeThoseThatTheyReplaceAreGone() throws Exception {
    assertThat(tables("create_table_query NOT LIKE '%min_rows_to_fsync_after_merge = 1%'"))
        .isEmpty();
  }

  @Test
  void whatIsWrittenWithEachBlockIsMergedTenPartsAtOnce() throws Exception {
    assertThat(tables("create_table_query LIKE '%min_parts_to_merge_at_once = 10%'"))
        .containsExactlyInAnyOrder(
            "spans", "value_index", "trace_index", "link_index", "red_1s", "blocks");
  }

  private static List<String> tables(String condition) throws Exception {
    List<String> tables = new ArrayList<>();
    String sql =
        "SELECT name FROM system.tables WHERE database = 'deepflow' AND engine LIKE '%MergeTree' AND name != 'schema_migrations' AND "
            + condition;
    try (Rows rows = engine.clickHouse().query(Query.of(sql))) {
      while (rows.next()) {
        tables.add(rows.getString(0));
      }
    }
    return tables;
  }
}
