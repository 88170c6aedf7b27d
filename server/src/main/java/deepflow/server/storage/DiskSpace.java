package deepflow.server.storage;

import deepflow.clickhouse.ClickHouse;
import deepflow.clickhouse.ClickHouseException;
import deepflow.clickhouse.Query;

/// What the disks have left that have our tables.
final class DiskSpace {
  private final ClickHouse clickHouse;

  DiskSpace(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /// Bytes on the disk that has least. What was dropped or replaced counts as free before it is
  /// gone: queries hold it until they end, and the engine removes it by and by. It is added up
  /// before the disk is asked, so that nothing that goes in between is missed.
  long free() throws ClickHouseException {
    return Store.number(
        clickHouse,
        Query.of(
            "WITH (SELECT sumMap(map(disk_name, bytes_on_disk)) FROM system.parts"
                + " WHERE database = 'deepflow' AND NOT active) AS going"
                + " SELECT min(least(unreserved_space, 9000000000000000000) + going[name])"
                + " FROM system.disks"
                // A ClickHouse of one's own may have others, which say nothing of ours.
                + " WHERE name IN (SELECT disk_name FROM system.parts"
                + " WHERE database = 'deepflow' AND active)"));
  }
}
