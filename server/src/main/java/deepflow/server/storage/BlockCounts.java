package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Projection `block_counts` of table `spans`: how many spans a block has of each agent and
/// service.
///
/// The engine syncs a part's rows and not its projection. After a power cut it finds some broken
/// and reads the rows instead, but merges their parts with no others.
final class BlockCounts {
  private static final Logger LOG = LoggerFactory.getLogger(BlockCounts.class);

  private final ClickHouse clickHouse;
  private final StoreConfig config;

  BlockCounts(ClickHouse clickHouse, StoreConfig config) {
    this.clickHouse = clickHouse;
    this.config = config;
  }

  /// Has those made anew that the engine found broken when it started, in the background.
  void mend() throws ClickHouseException {
    long broken =
        Store.number(
            clickHouse,
            Query.of(
                "SELECT count() FROM system.projection_parts WHERE database = 'deepflow'"
                    + " AND table = 'spans' AND active AND is_broken"));
    if (broken > 0) {
      LOG.warn("spans of {} parts are counted again, as after a power cut", broken);
      clickHouse.execute(
          Query.of(
                  "ALTER TABLE deepflow.spans %s MATERIALIZE PROJECTION block_counts"
                      .formatted(config.onCluster()))
              .setting("mutations_sync", 0));
    }
  }
}
